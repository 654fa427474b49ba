/**
 * Changes an item based on its content, without a lock: read it, decide, and write unless the version has changed since.
 * If another writer was faster, decide again from what that writer wrote.
 *
 *   writer A   read (version 4) ---- write: 4 is still there -> version 5
 *   writer B   read (version 4) ------------- write: refused ---- read (version 5) ---- write -> version 6
 */
import { Problem } from "../errors.ts";
import { type Condition, getItem, type Item, putItem } from "./dynamodb.ts";

/** Holds for an item that does not exist, and for one written by the first release, which did not count writes. */
const HAS_NO_VERSION = "attribute_not_exists(#version)";
const VERSION_IS_UNCHANGED = "#version = :version";

/** More rounds than one item can have concurrent writers: in each round, one of them succeeds. */
const MAX_ROUNDS = 20;

export interface Change<Result> {
  /** The whole item without its key and version; left out to leave the item unchanged. */
  readonly item?: Item;
  readonly result: Result;
}

/**
 * Writes the item that `change` returns, and returns its result. `change` runs again if another writer was faster. It
 * must recognize its own effect: after a lost response, the next round finds its own write like any other writer's. Throws
 * SERVICE_UNAVAILABLE if the item changes in every round, and any error that `change` throws.
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
  throw new Problem(
    "SERVICE_UNAVAILABLE",
    `${Object.values(key).join(" ")} is changing too fast to be recorded`,
  );
}

/** Replaces `before` with the item. Returns false and writes nothing if `before` has changed since it was read. */
export function writeUnlessChanged(
  table: string,
  key: Item,
  item: Item,
  before: Item | undefined,
): Promise<boolean> {
  const version = versionOf(before);
  return putItem(table, { ...item, ...key, version: version + 1 }, hasVersion(version));
}

/** How many times the item was written; 0 for one that does not exist or was written by the first release. */
export function versionOf(item: Item | undefined): number {
  return typeof item?.version === "number" ? item.version : 0;
}

function hasVersion(version: number): Condition {
  const names = { "#version": "version" };
  if (version === 0) return { expression: HAS_NO_VERSION, names };
  return { expression: VERSION_IS_UNCHANGED, names, values: { ":version": version } };
}
