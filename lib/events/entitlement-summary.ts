/**
 * The features that a customer is entitled to. The event about them has an object without an id, which lists ten entitlements
 * at most; Stripe lists all of them. So the summary gets an id of ours, and is always read from Stripe.
 * https://docs.stripe.com/billing/entitlements
 */
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf, isRecord } from "../untrusted.ts";
import type { ReadStripe } from "./resolve-event.ts";
import type { StripeObject } from "./stripe-event.ts";

export const ENTITLEMENT_SUMMARY = "entitlements.active_entitlement_summary";

const PREFIX = "entitlements_";
/** Stripe's limit of one page. */
const PAGE = 100;

/** The id under which the summary of a customer is recorded. */
export const summaryIdOf = (customerId: string) => `${PREFIX}${customerId}`;

/** The object of an event, with an id if it is a summary. */
export function withSummaryId(object: unknown): unknown {
  if (!isRecord(object) || object.object !== ENTITLEMENT_SUMMARY) return object;
  const customerId = idOf(object.customer);
  return customerId === undefined ? object : { ...object, id: summaryIdOf(customerId) };
}

/** The whole summary from Stripe; undefined for an id that is not a summary's. */
export async function readSummary(id: string, read: ReadStripe): Promise<StripeObject | undefined> {
  if (!id.startsWith(PREFIX)) return undefined;
  const customer = id.slice(PREFIX.length);
  const data: unknown[] = [];
  for (;;) {
    const last = idOf(data.at(-1));
    const page = await read("/v1/entitlements/active_entitlements", {
      customer,
      limit: PAGE,
      ...(last === undefined ? {} : { starting_after: last }),
    });
    const found = listed(page);
    data.push(...found);
    if (found.length === 0 || fieldOf(page, "has_more") !== true) break;
  }
  return { id, object: ENTITLEMENT_SUMMARY, customer, entitlements: { data } };
}
