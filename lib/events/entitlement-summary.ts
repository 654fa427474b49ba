/**
 * The features that a customer is entitled to. The event about them has an object without an id, which lists ten entitlements
 * at most; Stripe lists all of them. So the summary gets an id of ours, and is always read from Stripe. Pure.
 * https://docs.stripe.com/billing/entitlements
 */
import { idOf } from "../stripe/stripe-fields.ts";
import { isRecord } from "../untrusted.ts";

export const ENTITLEMENT_SUMMARY = "entitlements.active_entitlement_summary";

const PREFIX = "entitlements_";
/** The id under which the summary of a customer is recorded. */
export const summaryIdOf = (customerId: string) => `${PREFIX}${customerId}`;

/** The object of an event, with an id if it is a summary. */
export function withSummaryId(object: unknown): unknown {
  if (!isRecord(object) || object.object !== ENTITLEMENT_SUMMARY) return object;
  const customerId = idOf(object.customer);
  return customerId === undefined ? object : { ...object, id: summaryIdOf(customerId) };
}

/** The customer whose summary has this id; undefined for any other id. */
export function customerOfSummary(id: string): string | undefined {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
}
