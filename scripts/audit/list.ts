/** `npm run audit -- list`: a page of the audit log, as a table or as JSON. */
import { findEntries } from "../../lib/audit/query.ts";
import { writeCursor } from "../../lib/audit/query-parameters.ts";
import { present } from "../../lib/present.ts";
import type { AuditAsked } from "./command.ts";
import { entryTable } from "./entry-table.ts";

type ListAsked = Extract<AuditAsked, { action: "list" }>;

/** Prints the entries, newest first, and how to get the next page. */
export async function listAudit({ query, json }: ListAsked, now: Date): Promise<void> {
  const { entries, unverified, end } = await findEntries(query, now);
  const next = end === undefined ? undefined : writeCursor(end, query);
  if (json) {
    console.log(
      JSON.stringify(
        { entries, ...present({ unverified: unverified === 0 ? undefined : unverified, next }) },
        null,
        2,
      ),
    );
    return;
  }
  const range = `from ${query.from.toISOString()} to ${query.to.toISOString()}`;
  console.log(entries.length === 0 ? `No entries ${range}.` : entryTable(entries));
  if (unverified > 0) {
    console.log(
      `\nNot as they were written, and left out: ${unverified}. npm run audit -- verify names them.`,
    );
  }
  if (next !== undefined) console.log(`\nFor the next page: --cursor ${next}`);
}
