/** Which entries belong together. */
import type { ShownEntry } from "../../scripts/console/timeline/shown-entry.ts";

/** Whether the row is drawn as a part of the one above it. */
export function isJoined({ group }: ShownEntry, above: ShownEntry | undefined): boolean {
  return group !== undefined && group === above?.group;
}

/** The kinds of ids, the strongest first. */
const SHARED: readonly (readonly [prefix: string, words: string])[] = [
  ["pi_", "same payment"],
  ["in_", "same invoice"],
  ["sub_", "same subscription"],
  ["cus_", "same customer"],
];

/** What the entry has in common with the one that was opened; undefined if there is nothing, or if it is that one. */
export function bondBetween(entry: ShownEntry, opened: ShownEntry | undefined): string | undefined {
  if (opened === undefined || entry.id === opened.id) return undefined;
  const { group } = entry;
  if (group !== undefined && group === opened.group) {
    if (group.startsWith("run-")) return "same run";
    return group.startsWith("evt_") ? "same event" : "same request";
  }
  const shared = entry.ids.filter((id) => opened.ids.includes(id));
  return SHARED.find(([prefix]) => shared.some((id) => id.startsWith(prefix)))?.[1];
}
