/**
 * A lease on one item of a table. One owner at a time works on the item; if it crashes, the next one takes the item over
 * once the lease has ended.
 *
 *                                       leaseUntil
 *                                           |
 *   owner A  --take=====may write===========|----------finish: false, the item is B's----->  time
 *              |                            |
 *   owner B  --|------take: refused---------|--take======may write======finish: true------>
 *              |                            |    |                         |
 *          NOT_BEGUN                LEASE_HAS_ENDED                     IS_OWNER
 *
 * Invariants (test/lib/lease/interleavings.test.ts):
 *   L1  One owner at a time: DynamoDB decides every take by a condition on this one item.
 *   L2  A late owner's write never lands (R5): it requires the owner's token, which the next take replaces.
 *   L3  An owner recognizes its own take and finish. When a response is lost, the SDK sends the write again, and its own
 *       first write makes the condition fail. So a write that failed reads the item and looks for its own token.
 *   L4  An abandoned item can be taken from `leaseUntil` on, and not before, by the clock of the owner that takes it.
 *   L5  A finished item is never taken, unless `isFree` holds for it.
 */
import { randomUUID } from "node:crypto";
import { allOf, anyOf } from "../aws/combine-conditions.ts";
import { type Condition, deleteItem, getItem, type Item, replaceItem, updateItem } from "../aws/dynamodb.ts";

const NOT_BEGUN = "attribute_not_exists(#key)";
const LEASE_HAS_ENDED = "leaseUntil <= :now";
const IS_OWNER = "#owner = :owner";

/** What the modules that use a lease say about their items. */
export interface LeasedItem {
  readonly table: string;
  /** The hash key: there is no range key. */
  readonly keyName: string;
  readonly id: string;
  /**
   * Holds while the work is unfinished: only then can the item be taken over, and only then can its owner write it. Left
   * out for work that never ends.
   */
  readonly isUnfinished?: Condition;
}

/** The item and its current owner. */
export interface Lease extends LeasedItem {
  /** Unique to every take. */
  readonly owner: string;
}

export interface TakeRequest {
  readonly now: Date;
  /** Unix time in milliseconds until which only this owner has the item. */
  readonly leaseUntil: number;
  /** Holds for abandoned items that this owner can continue; left out if it can continue all of them. */
  readonly canContinue?: Condition;
  /** Holds for items that can be taken although they exist and were not abandoned. */
  readonly isFree?: Condition;
  /** True to refuse abandoned items: the caller decides from what it finds whether to `takeOver`. */
  readonly leavesAbandoned?: boolean;
}

export type Take =
  | {
      readonly kind: "taken";
      readonly lease: Lease;
      /** The replaced item; unknown if the response was lost, and if nothing was replaced. */
      readonly before: Item | undefined | "unknown";
    }
  | {
      readonly kind: "refused";
      /** The item that was in the way, read consistently; undefined if it was deleted in the meantime. */
      readonly found: Item | undefined;
    };

/**
 * Takes the item if nobody has begun it, it is free, or it was abandoned, and replaces its other attributes. Throws
 * SERVICE_UNAVAILABLE.
 */
export async function takeLease(item: LeasedItem, request: TakeRequest, replaceWith: Item): Promise<Take> {
  const lease = { ...item, owner: randomUUID() };
  const { owner, table } = lease;
  const taken = { ...replaceWith, ...keyOf(item), owner, leaseUntil: request.leaseUntil };
  const replaced = await replaceItem(table, taken, canBeTaken(item, request));
  return replaced === undefined ? recognize(lease) : { kind: "taken", lease, before: replaced.before };
}

/**
 * Like `takeLease`, but the item keeps its other attributes. Separate, so that a bundle that replaces no items
 * cannot call PutItem, and its role need not allow it.
 */
export async function takeLeaseAsIs(item: LeasedItem, request: TakeRequest): Promise<Take> {
  const lease = { ...item, owner: randomUUID() };
  const attributes = { owner: lease.owner, leaseUntil: request.leaseUntil };
  const update = setting(attributes, canBeTaken(item, request));
  if (await updateItem(item.table, keyOf(item), ...update))
    return { kind: "taken", lease, before: "unknown" };
  return recognize(lease);
}

/**
 * Takes over the abandoned item `found`, which `takeLease` has refused, and sets only these attributes of it. Refused if
 * anyone has taken it since. Throws SERVICE_UNAVAILABLE.
 */
export async function takeOver(
  item: LeasedItem,
  found: Item,
  request: TakeRequest,
  attributes: Item,
): Promise<Take> {
  const lease = { ...item, owner: randomUUID() };
  const isAsFound = allOf(isAbandoned(item, request), isOwned({ ...item, owner: String(found.owner) }));
  const changed = { ...attributes, owner: lease.owner, leaseUntil: request.leaseUntil };
  if (await updateItem(item.table, keyOf(item), ...setting(changed, isAsFound)))
    return { kind: "taken", lease, before: found };
  return recognize(lease);
}

/** The outcome of a take whose condition failed: perhaps because of its own first write (L3). */
async function recognize(lease: Lease): Promise<Take> {
  const found = await getItem(lease.table, keyOf(lease));
  if (found?.owner === lease.owner) return { kind: "taken", lease, before: "unknown" };
  return { kind: "refused", found };
}

/** Sets attributes of the item. False if it is no longer this owner's. */
export function writeAsOwner(lease: Lease, attributes: Item): Promise<boolean> {
  return updateItem(lease.table, keyOf(lease), ...setting(attributes, isOwned(lease)));
}

/**
 * Sets the attributes that make `isUnfinished` false, and ends the lease permanently. False if the item is no longer this
 * owner's.
 */
export async function finishLease(
  lease: Lease,
  attributes: Readonly<Record<string, string | number | boolean>>,
): Promise<boolean> {
  const [update, condition] = setting(attributes, isOwned(lease));
  if (await updateItem(lease.table, keyOf(lease), `${update} REMOVE leaseUntil`, condition)) return true;
  const found = await getItem(lease.table, keyOf(lease));
  return (
    found?.owner === lease.owner && Object.entries(attributes).every(([name, value]) => found[name] === value)
  );
}

/** Lets the next owner take the unfinished item immediately. False if it is no longer this owner's. */
export function abandonLease(lease: Lease): Promise<boolean> {
  return writeAsOwner(lease, { leaseUntil: 0 });
}

/** Deletes the item, as if it had never been taken. False if it is no longer this owner's, or is already deleted. */
export function deleteAsOwner(lease: Lease): Promise<boolean> {
  return deleteItem(lease.table, keyOf(lease), isOwned(lease));
}

const keyOf = ({ keyName, id }: LeasedItem): Item => ({ [keyName]: id });

function canBeTaken(item: LeasedItem, request: TakeRequest): Condition {
  return anyOf(
    { expression: NOT_BEGUN, names: { "#key": item.keyName } },
    request.isFree,
    request.leavesAbandoned ? undefined : isAbandoned(item, request),
  );
}

function isAbandoned({ isUnfinished }: LeasedItem, { now, canContinue }: TakeRequest): Condition {
  return allOf({ expression: LEASE_HAS_ENDED, values: { ":now": now.getTime() } }, isUnfinished, canContinue);
}

function isOwned({ owner, isUnfinished }: Lease): Condition {
  return allOf(
    { expression: IS_OWNER, names: { "#owner": "owner" }, values: { ":owner": owner } },
    isUnfinished,
  );
}

/** The update that sets the attributes, with its condition. All names are spelled with `#`: some are reserved words. */
function setting(attributes: Item, condition: Condition): [update: string, condition: Condition] {
  const names = { ...condition.names };
  const values = { ...condition.values };
  const changes: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    names[`#${name}`] = name;
    values[`:new_${name}`] = value;
    changes.push(`#${name} = :new_${name}`);
  }
  return [`SET ${changes.join(", ")}`, { ...condition, names, values }];
}
