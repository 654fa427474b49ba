/** Usage of a customer as a queue carries it on its way to Stripe. Pure. */
import { fieldsOf, numberOf, parseJson, textOf } from "../untrusted.ts";

export interface UsageRecord {
  /** Of all usage of the stage, none has the same. */
  readonly identifier: string;
  readonly customerId: string;
  /** The event name of the meter. */
  readonly meter: string;
  /** A whole number from 0. */
  readonly quantity: number;
  /** Unix seconds, UTC. */
  readonly occurredAt: number;
}

const USAGE = "contractspec.usage";

/** Stripe takes usage of the last 35 days. */
export const OLDEST_USAGE_SECONDS = 35 * 24 * 60 * 60;
/** And usage that is up to five minutes ahead of its clock. */
export const USAGE_AHEAD_SECONDS = 5 * 60;

export const usageMessage = (record: UsageRecord): string => JSON.stringify({ object: USAGE, ...record });

/** The record in a message; undefined if it contains something else. */
export function readUsageMessage(body: string): UsageRecord | undefined {
  const value = fieldsOf(parseJson(body));
  const [identifier, customerId, meter] = [value.identifier, value.customerId, value.meter].map(textOf);
  const [quantity, occurredAt] = [numberOf(value.quantity), numberOf(value.occurredAt)];
  if (value.object !== USAGE || identifier === undefined || customerId === undefined) return undefined;
  if (meter === undefined || quantity === undefined || occurredAt === undefined) return undefined;
  return { identifier, customerId, meter, quantity, occurredAt };
}
