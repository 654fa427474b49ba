/** `npm run audit -- list`: a page of the audit log, as a table or as JSON. */
import { parseArgs } from "node:util";
import type { AuditEntry } from "../../lib/audit/audit-entry.ts";
import { findEntries } from "../../lib/audit/query.ts";
import { readAuditQuery, writeCursor } from "../../lib/audit/query-parameters.ts";
import { selectTarget } from "../target.ts";

const text = { type: "string" } as const;

/** Prints the entries, newest first, and how to get the next page. */
export async function listAudit(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      capability: text,
      actor: text,
      resource: text,
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
    console.log(JSON.stringify({ entries, ...(next === undefined ? {} : { next }) }, null, 2));
    return;
  }
  const range = `from ${query.from.toISOString()} to ${query.to.toISOString()}`;
  console.log(entries.length === 0 ? `Nothing here ${range}.` : table(entries.map(row)));
  if (next !== undefined) console.log(`\nThere may be more: --cursor ${next}`);
}

const HEADINGS = ["time (UTC)", "result", "actor", "action", "resource", "code", "ms", "objects"];

function row(entry: AuditEntry): string[] {
  return [
    entry.timestamp.replace("T", " ").replace("Z", ""),
    entry.result,
    entry.actor.id,
    entry.action,
    entry.resource.id,
    entry.declineCode ?? entry.code ?? "",
    String(entry.durationMs ?? ""),
    entry.objects.join(" "),
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const lines = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
