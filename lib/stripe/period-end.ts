import { fieldOf, isoTimeOf } from "../untrusted.ts";
import { listed } from "./stripe-fields.ts";

/**
 * The earliest `current_period_end` of a subscription's items, in ISO 8601; undefined if none of them has one, such as
 * from an older version of Stripe's API.
 */
export function earliestPeriodEnd(items: unknown): string | undefined {
  const ends = listed(items).flatMap((item) => isoTimeOf(fieldOf(item, "current_period_end")) ?? []);
  return ends.sort()[0];
}
