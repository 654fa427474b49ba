/**
 * The usage that was accepted, by its identifier: the table UsageRecords. It makes each identifier count once, for much longer than
 * Stripe compares identifiers (about a day).
 *
 *   (none) --accept--> accepted --send--> sent --Stripe reports it--> refused
 *                         ^                                             |
 *                         \------------accept again--------------------/
 *
 * `attempt` counts the refusals: Stripe would repeat its response to an earlier request with the same idempotency key.
 */
import { createHash } from "node:crypto";
import { getItem, type Item, putItem, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { numberOf, textOf } from "../untrusted.ts";
import type { UsageRecord } from "./usage-record.ts";

/** 400 days: a repeated record after that would be usage of more than a year ago. */
const KEPT_SECONDS = 400 * 24 * 60 * 60;

const IS_NEW = "attribute_not_exists(identifier)";
const IS_REFUSED = "#state = :refused";
const IS_NOT_REFUSED = "#state <> :refused";
const STATE = { "#state": "state" };

export interface AcceptedUsage {
  readonly record: UsageRecord;
  /** Whether it must be put into the queue: it is not known to be at Stripe. */
  readonly isToSend: boolean;
}

/**
 * Accepts the usage. For a repeated record, returns what was accepted first. Throws CONFLICT, which names `identifier`, if other
 * usage has the identifier. `isTimed`: whether the caller says when it occurred.
 */
export async function acceptUsage(
  record: UsageRecord,
  { isTimed, now }: { readonly isTimed: boolean; readonly now: Date },
): Promise<AcceptedUsage> {
  const digest = digestOf(record, isTimed);
  const item = {
    ...itemOf(record),
    ...{ digest, attempt: 0, state: "accepted", acceptedAt: now.toISOString() },
    expiresAt: Math.floor(now.getTime() / 1000) + KEPT_SECONDS,
  };
  if (await putItem(table(), item, { expression: IS_NEW })) return { record, isToSend: true };
  const found = await getItem(table(), { identifier: record.identifier });
  if (found?.digest !== digest) {
    const message =
      "belongs to other usage: the same identifier must have the same customer, meter and quantity";
    throw new Problem("CONFLICT", `identifier ${message}`, { issues: [{ path: "identifier", message }] });
  }
  const first = { ...record, occurredAt: numberOf(found.occurredAt) ?? record.occurredAt };
  if (found.state !== "refused") return { record: first, isToSend: found.state !== "sent" };
  await updateItem(table(), { identifier: record.identifier }, "SET #state = :accepted REMOVE reason", {
    expression: IS_REFUSED,
    names: STATE,
    values: { ":accepted": "accepted", ":refused": "refused" },
  });
  return { record: first, isToSend: true };
}

export interface UsageState {
  readonly state: string;
  readonly attempt: number;
  readonly record: UsageRecord;
}

/** What became of the usage; undefined if none of ours has the identifier. */
export async function usageStateOf(identifier: string): Promise<UsageState | undefined> {
  const item = await getItem(table(), { identifier });
  return item === undefined ? undefined : stateIn(item);
}

/** Notes that Stripe has taken the usage. */
export async function noteSent(identifier: string, now: Date): Promise<void> {
  await updateItem(table(), { identifier }, "SET #state = :sent, sentAt = :now REMOVE reason", {
    names: STATE,
    values: { ":sent": "sent", ":now": now.toISOString() },
  });
}

/** Notes that Stripe does not charge for the usage. False if that is noted already. */
export function noteRefused(identifier: string, reason: string, attempt: number): Promise<boolean> {
  return updateItem(table(), { identifier }, "SET #state = :refused, reason = :reason, attempt = :next", {
    expression: IS_NOT_REFUSED,
    names: STATE,
    values: { ":refused": "refused", ":reason": reason, ":next": attempt + 1 },
  });
}

const table = () => env("USAGE_RECORDS_TABLE");

function itemOf({ identifier, customerId, meter, quantity, occurredAt }: UsageRecord): Item {
  return { identifier, customerId, meter, quantity, occurredAt };
}

function stateIn(item: Item): UsageState | undefined {
  const [identifier, customerId, meter] = [item.identifier, item.customerId, item.meter].map(textOf);
  if (identifier === undefined || customerId === undefined || meter === undefined) return undefined;
  return {
    state: textOf(item.state) ?? "",
    attempt: numberOf(item.attempt) ?? 0,
    record: {
      ...{ identifier, customerId, meter },
      quantity: numberOf(item.quantity) ?? 0,
      occurredAt: numberOf(item.occurredAt) ?? 0,
    },
  };
}

/** A record that does not say when it occurred is the same at any time. */
function digestOf({ customerId, meter, quantity, occurredAt }: UsageRecord, isTimed: boolean): string {
  return createHash("sha256")
    .update(JSON.stringify([customerId, meter, quantity, isTimed ? occurredAt : "now"]))
    .digest("hex");
}
