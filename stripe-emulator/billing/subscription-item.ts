import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

/** One priced line of a subscription, before it has a period. */
export interface Line {
  price: Stripe.Price;
  /** Undefined for a metered price. */
  quantity: number | undefined;
  metadata: Record<string, string>;
  taxRates: Stripe.TaxRate[];
}

/** A subscription item whose first period is from `start` to `end` (unix seconds). It is not stored: its subscription is. */
export function newItem(
  { store, clock }: Pick<Context, "clock" | "store">,
  subscription: string,
  line: Line,
  { start, end }: { start: number; end: number },
): Stripe.SubscriptionItem {
  return {
    id: newId("si", 14),
    object: "subscription_item",
    billing_thresholds: null,
    created: clock.now(),
    current_period_end: end,
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: line.metadata,
    plan: planOf(store, line.price),
    price: line.price,
    ...(line.quantity === undefined ? {} : { quantity: line.quantity }),
    subscription,
    tax_rates: line.taxRates,
  };
}

/** The plan of a price. Prices replaced plans, but subscription items still have both. */
export function planOf(store: Context["store"], price: Stripe.Price): Stripe.Plan {
  const tiers = store.hiddenFields.get(price.id)?.tiers;
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    ...(tiers === undefined ? {} : { tiers }),
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: price.recurring?.usage_type ?? "licensed",
  };
}

/** How many units of an item are charged in advance: none of a metered price, whose usage counts. */
export function quantityOf({ price, quantity }: Stripe.SubscriptionItem): number {
  return isMetered(price) ? 0 : (quantity ?? 1);
}

export function isMetered(price: Stripe.Price): boolean {
  return price.recurring?.usage_type === "metered";
}

/** The earliest end of a period among the items, in unix seconds. */
export function periodEndOf({ items }: Pick<Stripe.Subscription, "items">): number {
  return Math.min(...items.data.map((item) => item.current_period_end));
}
