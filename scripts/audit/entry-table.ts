import type { AuditEntry } from "../../lib/audit/audit-entry.ts";
import { textTable } from "../text-table.ts";

const HEADINGS = ["time (UTC)", "result", "actor", "action", "resource", "code", "ms", "objects"];

/** The entries as a table for a terminal, in the order given. */
export function entryTable(entries: readonly AuditEntry[]): string {
  return textTable([HEADINGS, ...entries.map(row)]);
}

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
