import type { AuditEntry } from "../../lib/audit/audit-entry.ts";

const HEADINGS = ["time (UTC)", "result", "actor", "action", "resource", "code", "ms", "objects"];

/** The entries as a table for a terminal, in the order given. */
export function entryTable(entries: readonly AuditEntry[]): string {
  const lines = [HEADINGS, ...entries.map(row)];
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
