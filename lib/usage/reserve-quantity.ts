/**
 * Counts what is recorded of a customer's usage, once for each reservation, however many calls record it at once. In the table
 * UsageCounters:
 *
 *   quantity#<customer>#<meter>#<day or month>   + the quantity of a reservation
 *   reservation#<digest>                         the calls that rely on it (`holders`), and the counters that it is in
 *
 * A call holds its reservation until it is undone; a call that is permitted is never undone. The last holder that is undone takes
 * the quantity out of the counters. So whatever is held is counted, and calls that are permitted stay below the limit together.
 * What is counted and not held, after a crash, only makes the limit tighter. Every request to DynamoDB is safe to repeat, or
 * makes the limit tighter.
 *
 * There are no marks in the counter's item, unlike for amounts: usage is recorded far more often than payments are made.
 */
import { randomUUID } from "node:crypto";
import { getItem, updateAndRead, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { countIn } from "./count-in.ts";

/** How often a call starts again because another one with its reservation was faster. */
const MAX_ROUNDS = 10;
/** Usage can be 35 days old: a repeated call within that time is not counted again. */
const KEPT_SECONDS = 40 * 24 * 60 * 60;

const IS_HELD = "attribute_exists(holders)";
const IS_NOT_HELD = "attribute_not_exists(holders) OR contains(holders, :call)";
const IS_HOLDER = "contains(holders, :call)";
const IS_NOT_UNDONE = "NOT contains(undone, :call)";

export interface QuantityRequest {
  /** Names the usage: a repeated record of it has the same name, and the same quantity. */
  readonly reservation: string;
  readonly quantity: number;
  /** The keys of the counters. */
  readonly counters: readonly string[];
  readonly now: Date;
}

export interface ReservedQuantity {
  /** By the key of the counter: the sum, this usage included. */
  readonly totals: Readonly<Record<string, number>>;
  undo(): Promise<void>;
}

/** Throws SERVICE_UNAVAILABLE if DynamoDB does not respond: a call that is not counted must not run. */
export async function reserveQuantity(request: QuantityRequest): Promise<ReservedQuantity> {
  const { counters, quantity, reservation } = request;
  const call = randomUUID().slice(0, 8);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const joined = await join(reservation, call);
    if (joined !== undefined)
      return {
        totals: await totalsOf(counters),
        undo: () => release(reservation, call, { quantity, counters: joined }),
      };
    const totals = await add(request);
    if (await take(request, call))
      return { totals, undo: () => release(reservation, call, { quantity, counters }) };
    await subtract({ quantity, counters }, call);
  }
  throw new Problem("SERVICE_UNAVAILABLE", "Other calls are recording the same usage", {
    retryAfterSeconds: 1,
  });
}

type Counted = Pick<QuantityRequest, "quantity" | "counters">;

const table = () => env("USAGE_COUNTERS_TABLE");
const itemOf = (reservation: string) => ({ counter: `reservation#${reservation}` });
const expiresAt = (now: Date) => Math.floor(now.getTime() / 1000) + KEPT_SECONDS;

/** Relies on the reservation of another call. Returns the counters that it is in; undefined if there is none. */
async function join(reservation: string, call: string): Promise<string[] | undefined> {
  const isJoined = await updateItem(table(), itemOf(reservation), "ADD holders :calls", {
    expression: IS_HELD,
    values: { ":calls": new Set([call]) },
  });
  if (!isJoined) return undefined;
  const { counters } = (await getItem(table(), itemOf(reservation))) ?? {};
  return Array.isArray(counters) ? counters.map(String) : [];
}

/** False if another call has made the reservation in the meantime. */
function take({ reservation, counters, now }: QuantityRequest, call: string): Promise<boolean> {
  return updateItem(
    table(),
    itemOf(reservation),
    "SET holders = :calls, counters = :counters, expiresAt = :expiresAt",
    {
      expression: IS_NOT_HELD,
      values: {
        ":calls": new Set([call]),
        ":call": call,
        ":counters": [...counters],
        ":expiresAt": expiresAt(now),
      },
    },
  );
}

async function release(reservation: string, call: string, counted: Counted): Promise<void> {
  const left = await updateAndRead(table(), itemOf(reservation), "DELETE holders :calls", {
    expression: IS_HOLDER,
    values: { ":calls": new Set([call]), ":call": call },
  });
  // DynamoDB removes an empty set: then this call was the last holder.
  if (left !== undefined && left.holders === undefined) await subtract(counted, call);
}

async function add({ quantity, counters, now }: QuantityRequest): Promise<Record<string, number>> {
  return sums(counters, async (counter) => {
    const added = await updateAndRead(
      table(),
      { counter },
      "ADD quantity :quantity SET expiresAt = if_not_exists(expiresAt, :expiresAt)",
      { values: { ":quantity": quantity, ":expiresAt": expiresAt(now) } },
    );
    return countIn(added?.quantity);
  });
}

/** Marks itself in the counter while it works: a repeated request must not subtract twice. */
async function subtract({ quantity, counters }: Counted, call: string): Promise<void> {
  const mark = { ":calls": new Set([call]) };
  await Promise.all(
    counters.map(async (counter) => {
      await updateItem(table(), { counter }, "ADD quantity :minus, undone :calls", {
        expression: IS_NOT_UNDONE,
        values: { ...mark, ":minus": -quantity, ":call": call },
      });
      await updateItem(table(), { counter }, "DELETE undone :calls", { values: mark });
    }),
  );
}

const totalsOf = (counters: readonly string[]): Promise<Record<string, number>> =>
  sums(counters, async (counter) => countIn((await getItem(table(), { counter }))?.quantity ?? 0));

async function sums(counters: readonly string[], sumOf: (counter: string) => Promise<number>) {
  return Object.fromEntries(
    await Promise.all(counters.map(async (counter) => [counter, await sumOf(counter)] as const)),
  );
}
