/** When a subscription is charged next, and for how much, or when it ends. Pure. */
import type Stripe from "stripe";
import { present } from "../../lib/present.ts";

export interface Charge {
  /** Unix seconds. */
  readonly at: number;
  /** In the smallest unit of the subscription's currency. */
  readonly amount?: number;
}

/** Unix seconds; undefined for a subscription that renews. */
export function endOf({ cancel_at: at, cancel_at_period_end: atPeriodEnd, items }: Stripe.Subscription) {
  if (at !== null) return at;
  return atPeriodEnd ? earliestEnd(items.data) : undefined;
}

/** From the prices, without what `isSimple` excludes. Undefined if nothing will be charged after `now`. */
export function nextCharge(subscription: Stripe.Subscription, now: Date): Charge | undefined {
  const { status, trial_end: trialEnd, pause_collection: pause, items } = subscription;
  if (endOf(subscription) !== undefined || subscription.ended_at !== null || pause !== null) return undefined;
  const at = status === "trialing" && trialEnd !== null ? trialEnd : earliestEnd(items.data);
  if (at === undefined || at * 1000 <= now.getTime()) return undefined;
  const due = items.data.filter((item) => item.current_period_end === at || status === "trialing");
  const amounts = due.map(({ price, quantity }) => (price.unit_amount ?? 0) * (quantity ?? 1));
  const amount = isSimple(subscription) ? amounts.reduce((sum, each) => sum + each, 0) : undefined;
  return { at, ...present({ amount }) };
}

function earliestEnd(items: readonly Stripe.SubscriptionItem[]): number | undefined {
  const ends = items.map((item) => item.current_period_end);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/**
 * Whether the next charge is the sum of the prices: no discount, tax, usage, tier, or balance changes it. `customer.balance` is the
 * balance in the customer's own currency; of another currency, nothing is known.
 */
export function isSimple({
  items,
  discounts,
  automatic_tax: tax,
  ...subscription
}: Stripe.Subscription): boolean {
  const { customer } = subscription;
  const isKnown = typeof customer === "object" && !customer.deleted;
  return (
    isKnown &&
    customer.balance === 0 &&
    (customer.currency ?? subscription.currency) === subscription.currency &&
    (customer.discount ?? null) === null &&
    discounts.length === 0 &&
    !tax.enabled &&
    (subscription.default_tax_rates ?? []).length === 0 &&
    items.data.every(isSimpleItem)
  );
}

function isSimpleItem({ price, discounts, tax_rates: rates }: Stripe.SubscriptionItem): boolean {
  return (
    price.unit_amount !== null &&
    price.recurring?.usage_type === "licensed" &&
    (price.transform_quantity ?? null) === null &&
    discounts.length === 0 &&
    (rates ?? []).length === 0
  );
}
