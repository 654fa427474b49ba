import { fieldOf, numberOf } from "../untrusted.ts";
import { listed } from "./stripe-fields.ts";

/** The last second that a Date can show. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * The earliest `current_period_end` of a subscription's items, in ISO 8601; undefined if none of them has one, such as
 * from an older version of Stripe's API.
 */
export function earliestPeriodEnd(items: unknown): string | undefined {
  const ends = listed(items)
    .map((item) => numberOf(fieldOf(item, "current_period_end")))
    .filter((end) => end !== undefined && Math.abs(end) <= LAST_SECOND)
    .map(Number);
  return ends.length === 0 ? undefined : new Date(Math.min(...ends) * 1000).toISOString();
}
