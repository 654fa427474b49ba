/** Whether a card will be charged after it has expired. Pure. */
import { scheduledEnd } from "../customers/access.ts";
import type { RecordedObject } from "../customers/customer-state.ts";
import type { ObjectState } from "../events/object-state.ts";

export interface CardUse {
  /** The subscriptions that are paid with the card after it has expired, in alphabetical order. */
  readonly subscriptionIds: readonly string[];
}

/**
 * What the card of a customer with these records pays from `expiresAt` (Unix milliseconds) on. Undefined if it is neither the
 * customer's default payment method nor that of a subscription that goes on, such as a card that was replaced, and if the customer
 * is deleted.
 */
export function useOfCard(
  cardId: string,
  expiresAt: number,
  records: readonly RecordedObject[],
): CardUse | undefined {
  const customer = records.find(({ state }) => state.objectType === "customer")?.state;
  if (customer === undefined || customer.status === "deleted") return undefined;
  const { defaultPaymentMethodId: byDefault } = customer;
  const subscriptionIds = records
    .filter(({ state }) => state.objectType === "subscription" && goesOn(state, expiresAt))
    .filter(({ state }) => (state.defaultPaymentMethodId ?? byDefault) === cardId)
    .map(({ id }) => id)
    .sort();
  return byDefault === cardId || subscriptionIds.length > 0 ? { subscriptionIds } : undefined;
}

/** One that waits for its first payment has not begun. */
function goesOn(subscription: ObjectState, at: number): boolean {
  if (subscription.final || subscription.status === "incomplete") return false;
  const end = scheduledEnd(subscription);
  return end === undefined || Date.parse(end) > at;
}
