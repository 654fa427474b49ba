/** `npm run audit -- list`: a page of the audit log, as a table or as JSON. */

import { parseArgs } from "node:util";
import { findEntries } from "../../lib/audit/query.ts";
import { readAuditQuery, writeCursor } from "../../lib/audit/query-parameters.ts";
import { present } from "../../lib/present.ts";
import { selectTarget } from "../target.ts";
import { entryTable } from "./entry-table.ts";

const text = { type: "string" } as const;

/** Prints the entries, newest first, and how to get the next page. */
export async function listAudit(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      resource: text,
      actor: text,
      object: text,
      result: text,
      from: text,
      to: text,
      limit: text,
      cursor: text,
      json: { type: "boolean" },
      stage: text,
    },
  });
  const { stage, json, ...parameters } = values;
  const now = new Date();
  const query = readAuditQuery(parameters, now, "--");
  selectTarget(stage);
  const { entries, end } = await findEntries(query, now);
  const next = end === undefined ? undefined : writeCursor(end, query);
  if (json) {
    console.log(JSON.stringify({ entries, ...present({ next }) }, null, 2));
    return;
  }
  const range = `from ${query.from.toISOString()} to ${query.to.toISOString()}`;
  console.log(entries.length === 0 ? `Nothing here ${range}.` : entryTable(entries));
  if (next !== undefined) console.log(`\nThere may be more: --cursor ${next}`);
}
