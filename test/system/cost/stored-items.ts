/** How much a scenario stores: in the tables, and in the audit log's archive. */
import { partBody } from "../../../lib/audit/archive-files.ts";
import { type Attributes, fromAttributes } from "../../../lib/aws/attribute-values.ts";
import { fieldOf } from "../../../lib/untrusted.ts";
import type { Table } from "../../../resources/tables.ts";
import type { CountedArchive } from "../../../scripts/cost/counted.ts";
import type { WireItem } from "../../../scripts/cost/item-size.ts";
import { storedBytes } from "../../../scripts/cost/table-units.ts";

export const bytesOf = (table: Table, items: readonly WireItem[]) =>
  items.reduce((total, item) => total + storedBytes(table, item), 0);

/** What the archive will have of the new items. They share one file here, which is compressed less well than a large one. */
export function archivedOf(items: readonly WireItem[], before: readonly WireItem[]): CountedArchive {
  const keyOf = ({ partition, sort }: WireItem) => JSON.stringify([partition, sort]);
  const known = new Set(before.map(keyOf));
  const moved = items.filter(
    (item) => !known.has(keyOf(item)) && !String(fieldOf(item.partition, "S")).startsWith("object#"),
  );
  const lines = moved.map((item) => JSON.stringify(fromAttributes({ ...item } as Attributes)));
  return {
    tableBytes: bytesOf("auditLog", moved),
    textBytes: lines.join("\n").length,
    fileBytes: partBody(lines).length,
  };
}
