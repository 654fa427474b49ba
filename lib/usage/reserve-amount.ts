/**
 * Counts the amount of a payment once, however many calls make that payment at once. The counter's item in the table
 * UsageCounters has one attribute for each payment in it:
 *
 *   <mark of the payment>   the marks of the calls that hold its reservation
 *
 * The call that makes the reservation holds it. Another call of the payment holds it too, once it has claimed the payment's
 * key and is about to run. A call that changed nothing releases it, and the last holder that does so subtracts the amount. So an
 * amount counts while any call can charge it. Every request to DynamoDB is safe to repeat, however late it arrives, or makes the
 * limit tighter.
 */
import { hash, randomBytes } from "node:crypto";
import { getItem, type Item, updateAndRead, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { countIn } from "./count-in.ts";

/**
 * 48 bits of a keyed digest. With the mark of one call, a payment takes at most 16 bytes: DynamoDB's 400 KB for an item have room for
 * 25,000 of them.
 */
const MARK_LENGTH = 8;
/** Tells the calls of one payment apart: four characters. */
const CALL_BYTES = 3;
/** How often a call starts again because another one with its reservation was faster. */
const MAX_ROUNDS = 10;

export interface AmountRequest {
  /** The key of the counter. */
  readonly counter: string;
  /** In the smallest unit of the counter's currency. */
  readonly amount: number;
  /** Names the payment. */
  readonly reservation: string;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface ReservedAmount {
  /** The counter's sum, this amount included. */
  readonly total: number;
  /** Makes this call a holder if it is not one. Returns the sum as of then. Throws SERVICE_UNAVAILABLE if that is not possible. */
  hold(): Promise<number>;
  /** Has no effect if this call is not a holder. */
  undo(): Promise<void>;
}

/** Throws SERVICE_UNAVAILABLE if DynamoDB does not respond with a number: a call that is not counted must not run. */
export async function reserveAmount(request: AmountRequest): Promise<ReservedAmount> {
  const mark = hash("sha256", request.reservation, "base64url").slice(0, MARK_LENGTH);
  const attempt: Attempt = { ...request, mark, call: randomBytes(CALL_BYTES).toString("base64url") };
  const added = await add(attempt);
  const found = added === undefined ? await getItem(table(), keyOf(attempt)) : undefined;
  const total = countIn((added ?? found)?.amount);
  // If the response of the update was lost, its repetition finds this call's own reservation.
  let mayHold = added !== undefined || isHolder(found, attempt);
  return {
    total,
    hold: async () => {
      if (mayHold) return total;
      mayHold = true;
      return hold(attempt);
    },
    undo: async () => {
      if (mayHold) await release(attempt);
    },
  };
}

interface Attempt extends AmountRequest {
  readonly mark: string;
  readonly call: string;
}

const table = () => env("USAGE_COUNTERS_TABLE");
const keyOf = ({ counter }: Attempt) => ({ counter });
const callsOf = ({ call }: Attempt) => ({ ":calls": new Set([call]) });
const namesOf = ({ mark }: Attempt) => ({ "#mark": mark });

/** The counter's new sum; undefined if the payment is reserved already. */
function add(attempt: Attempt): Promise<Item | undefined> {
  const { amount, expiresAt } = attempt;
  return updateAndRead(
    table(),
    keyOf(attempt),
    "ADD amount :amount, #mark :calls SET expiresAt = if_not_exists(expiresAt, :expiresAt)",
    {
      expression: "attribute_not_exists(#mark)",
      names: namesOf(attempt),
      values: { ...callsOf(attempt), ":amount": amount, ":expiresAt": expiresAt },
    },
  );
}

async function hold(attempt: Attempt): Promise<number> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const isJoined = await updateItem(table(), keyOf(attempt), "ADD #mark :calls", {
      expression: "attribute_exists(#mark)",
      names: namesOf(attempt),
      values: callsOf(attempt),
    });
    const item = isJoined ? await getItem(table(), keyOf(attempt)) : await add(attempt);
    if (item !== undefined) return countIn(item.amount);
  }
  throw new Problem("SERVICE_UNAVAILABLE", "Other calls are making the same payment", {
    retryAfterSeconds: 1,
  });
}

async function release(attempt: Attempt): Promise<void> {
  const names = namesOf(attempt);
  const calls = callsOf(attempt);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const isSubtracted = await updateItem(table(), keyOf(attempt), "ADD amount :minus REMOVE #mark", {
      expression: "#mark = :calls",
      names,
      values: { ...calls, ":minus": -attempt.amount },
    });
    if (isSubtracted || !isHolder(await getItem(table(), keyOf(attempt)), attempt)) return;
    const isLeft = await updateItem(table(), keyOf(attempt), "DELETE #mark :calls", {
      expression: "attribute_exists(#mark) AND #mark <> :calls",
      names,
      values: calls,
    });
    if (isLeft) return;
  }
}

function isHolder(item: Item | undefined, { mark, call }: Attempt): boolean {
  const holders = item?.[mark];
  return holders instanceof Set && holders.has(call);
}
