import type Stripe from "stripe";

/** The current period of a subscription as a phase. */
export function phaseOfSubscription(subscription: Stripe.Subscription): Stripe.SubscriptionSchedule.Phase {
  const { items, currency, metadata, trial_end: trialEnd } = subscription;
  const start = Math.max(...items.data.map((item) => item.current_period_start));
  const end = Math.min(...items.data.map((item) => item.current_period_end));
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: subscription.discounts.map((discount) => ({
      coupon: null,
      discount: typeof discount === "string" ? discount : discount.id,
      promotion_code: null,
    })),
    end_date: end,
    invoice_settings: null,
    items: items.data.map((item) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: item.metadata,
      plan: item.price.id,
      price: item.price.id,
      quantity: item.quantity ?? 1,
      tax_rates: [],
    })),
    metadata,
    on_behalf_of: null,
    proration_behavior: "create_prorations",
    start_date: start,
    transfer_data: null,
    trial_end: trialEnd,
  };
}
