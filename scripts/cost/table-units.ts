/** The request units and the bytes that DynamoDB bills for an item. Pure. */
import { fieldsOf, listOf } from "../../lib/untrusted.ts";
import { type Table, tableResource } from "../../resources/tables.ts";
import { itemBytes, type WireItem } from "./item-size.ts";

const KB = 1024;
/** What DynamoDB adds to each item and each copy of it in an index when it bills storage. */
const STORAGE_OVERHEAD_BYTES = 100;

interface Index {
  readonly keys: readonly string[];
  readonly wholeItems: boolean;
}

const namesIn = (keySchema: unknown) => listOf(keySchema).map((key) => String(fieldsOf(key).AttributeName));

/** The attributes of the table's key. */
export const keyNames = (table: Table) => namesIn(tableResource(table).Properties?.KeySchema);

function indexesOf(table: Table): Index[] {
  return listOf(tableResource(table).Properties?.GlobalSecondaryIndexes).map((index) => {
    const { KeySchema, Projection } = fieldsOf(index);
    return { keys: namesIn(KeySchema), wholeItems: fieldsOf(Projection).ProjectionType === "ALL" };
  });
}

const writeUnitsOf = (bytes: number) => Math.max(1, Math.ceil(bytes / KB));

/** For one strongly consistent read of so many bytes; one that is not costs half. */
export const readUnitsOf = (bytes: number) => Math.max(1, Math.ceil(bytes / (4 * KB)));

/** For a write that leaves `after` where `before` was. A write whose condition fails costs as much as its item, at least 1. */
export function writeUnits(table: Table, before: WireItem | undefined, after: WireItem | undefined): number {
  const own = writeUnitsOf(
    Math.max(before === undefined ? 0 : itemBytes(before), after === undefined ? 0 : itemBytes(after)),
  );
  return indexesOf(table).reduce((units, index) => units + indexUnits(table, index, before, after), own);
}

/** A copy whose key changes is deleted and written. */
function indexUnits(
  table: Table,
  index: Index,
  before: WireItem | undefined,
  after: WireItem | undefined,
): number {
  const old = copyIn(table, index, before);
  const made = copyIn(table, index, after);
  if (JSON.stringify(old) === JSON.stringify(made)) return 0;
  if (old === undefined || made === undefined) return writeUnitsOf(itemBytes(old ?? made ?? {}));
  const keyOf = (copy: WireItem) => JSON.stringify(index.keys.map((name) => copy[name]));
  return keyOf(old) === keyOf(made)
    ? writeUnitsOf(Math.max(itemBytes(old), itemBytes(made)))
    : writeUnitsOf(itemBytes(old)) + writeUnitsOf(itemBytes(made));
}

/** What the index has of the item; undefined if it has nothing. */
function copyIn(table: Table, { keys, wholeItems }: Index, item: WireItem | undefined): WireItem | undefined {
  if (item === undefined || !keys.every((name) => Object.hasOwn(item, name))) return undefined;
  const kept = new Set([...keys, ...keyNames(table)]);
  const entries = Object.entries(item).filter(([name]) => wholeItems || kept.has(name));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of the item and its copies in indexes. */
export function storedBytes(table: Table, item: WireItem): number {
  const copies = indexesOf(table)
    .map((index) => copyIn(table, index, item))
    .filter((copy) => copy !== undefined);
  return [item, ...copies].reduce((total, copy) => total + itemBytes(copy) + STORAGE_OVERHEAD_BYTES, 0);
}
