import Stripe from "stripe";
import { usedWithin } from "../metering/summaries.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { DraftLine } from "./invoice-totals.ts";
import { type Period, periodAt, recurrenceOf } from "./period.ts";
import { amountFor } from "./price-amount.ts";
import { periodText, productName } from "./price-text.ts";
import { pricingOf } from "./proration.ts";
import { share } from "./rounding.ts";

/**
 * The line of an invoice for one item of a subscription, for the item's current period. In a trial it costs nothing; a
 * period that is shorter than the item's usual one costs its share.
 */
export function lineOf(
  { store }: Pick<Context, "store">,
  invoice: string,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
): DraftLine {
  const quantity = item.quantity ?? 1;
  const inTrial = subscription.status === "trialing";
  const period = { start: item.current_period_start, end: item.current_period_end };
  const usual = periodAt(subscription.billing_cycle_anchor, period.start, recurrenceOf(item.price));
  const whole = inTrial ? 0 : amountFor(store, item.price, quantity, subscription.currency);
  const amount = share(whole, Math.min(period.end, usual.end) - period.start, usual.end - usual.start);
  return itemLine({ store }, invoice, subscription, item, { quantity, period, amount });
}

/**
 * The line for the usage of a metered item in its current period, until before `end` (unix seconds). Usage in a trial costs
 * nothing; a shorter period costs no less.
 */
export function usageLineOf(
  { store }: Pick<Context, "store">,
  invoice: string,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  end: number,
): DraftLine {
  const meter = store.get("billing.meter", String(item.price.recurring?.meter));
  const period = { start: item.current_period_start, end };
  const quantity = usedWithin(meter, store.all("meter_usage"), {
    customer: String(subscription.customer),
    ...period,
  });
  const amount =
    subscription.status === "trialing"
      ? 0
      : amountFor(store, item.price, Math.max(0, quantity), subscription.currency);
  return itemLine({ store }, invoice, subscription, item, { quantity, period, amount });
}

function itemLine(
  { store }: Pick<Context, "store">,
  invoice: string,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  { quantity, period, amount }: { quantity: number; period: Period; amount: number },
): DraftLine {
  const inTrial = subscription.status === "trialing";
  return {
    taxRates: item.tax_rates?.length ? item.tax_rates : (subscription.default_tax_rates ?? []),
    line: {
      id: newId("il"),
      object: "line_item",
      amount,
      currency: subscription.currency,
      description: inTrial
        ? `Trial period for ${productName(store, item.price)}`
        : periodText(store, item.price, quantity),
      discount_amounts: [],
      discountable: true,
      discounts: item.discounts.map((discount) => (typeof discount === "string" ? discount : discount.id)),
      invoice,
      livemode: false,
      metadata: subscription.metadata,
      parent: {
        invoice_item_details: null,
        subscription_item_details: {
          invoice_item: null,
          proration: false,
          proration_details: { credited_items: null },
          subscription: subscription.id,
          subscription_item: item.id,
        },
        type: "subscription_item_details",
      },
      period,
      pretax_credit_amounts: [],
      pricing: pricingOf(item.price),
      quantity: Number.isInteger(quantity) ? quantity : null,
      quantity_decimal: Number.isInteger(quantity) ? null : Stripe.Decimal.from(String(quantity)),
      subscription: subscription.id,
      subtotal: amount,
      taxes: [],
    },
  };
}
