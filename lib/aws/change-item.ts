/**
 * Changes an item by what it holds, without a lock: read it, decide, and write unless the version changed since. When
 * another writer was faster, decide again from what it wrote.
 *
 *   writer A   read (version 4) ---- write: 4 is still there -> version 5
 *   writer B   read (version 4) ------------- write: refused ---- read (version 5) ---- write -> version 6
 */
import { Problem } from "../errors.ts";
import { type Condition, getItem, type Item, putItem } from "./dynamodb.ts";

/** Holds for an item that does not exist, and for one of the first release, which counted no writes. */
const HAS_NO_VERSION = "attribute_not_exists(#version)";
const VERSION_IS_UNCHANGED = "#version = :version";

/** More rounds than there can be writers of one item at once: in each round, one of them succeeds. */
const MAX_ROUNDS = 20;

export interface Change<Result> {
  /** The whole item, less its key and version; left out to leave everything as it is. */
  readonly item?: Item;
  readonly result: Result;
}

/**
 * Writes the item that `change` returns, and returns its result. `change` runs again when another writer was faster. It
 * must recognize its own effect: a write whose response was lost is found by the next round like any other's. Throws
 * SERVICE_UNAVAILABLE when the item changes in every round, and what `change` throws.
 */
export async function changeItem<Result>(
  table: string,
  key: Item,
  change: (before: Item | undefined) => Change<Result> | Promise<Change<Result>>,
): Promise<Result> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = await getItem(table, key);
    const { item, result } = await change(before);
    if (item === undefined || (await writeUnlessChanged(table, key, item, before))) return result;
  }
  throw new Problem("SERVICE_UNAVAILABLE", `${Object.values(key).join(" ")} is changing too fast to be recorded`);
}

/** Puts the item in place of `before`. False, and nothing is written, when that has changed since it was read. */
export function writeUnlessChanged(
  table: string,
  key: Item,
  item: Item,
  before: Item | undefined,
): Promise<boolean> {
  const version = versionOf(before);
  return putItem(table, { ...item, ...key, version: version + 1 }, hasVersion(version));
}

/** How many times the item was written; 0 for one that does not exist or is of the first release. */
export function versionOf(item: Item | undefined): number {
  return typeof item?.version === "number" ? item.version : 0;
}

function hasVersion(version: number): Condition {
  const names = { "#version": "version" };
  if (version === 0) return { expression: HAS_NO_VERSION, names };
  return { expression: VERSION_IS_UNCHANGED, names, values: { ":version": version } };
}
