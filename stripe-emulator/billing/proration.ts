import Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { billedTimes, unusedAmount } from "./billed-time.ts";
import { couponOf, currentDiscounts, discountsOf } from "./discount.ts";
import { discountAmounts } from "./discount-amounts.ts";
import { storeInvoiceItem } from "./invoice-item.ts";
import { periodAt, recurrenceOf } from "./period.ts";
import { amountFor } from "./price-amount.ts";
import { productName, prorationText } from "./price-text.ts";
import { share } from "./rounding.ts";
import { quantityOf } from "./subscription-item.ts";

type Store = Context["store"];

/**
 * Credits the time of an item from `from` (unix seconds) on, as far as it was billed, with one invoice item for each thing
 * that was billed. Returns the invoice items, which wait for the next invoice: `invoiceitem.created`.
 */
export function creditUnusedTime(
  context: Context,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  from: number,
): Stripe.InvoiceItem[] {
  const { store } = context;
  return billedTimes(store, item, from).flatMap((billed) => {
    if (billed.amount <= 0) return [];
    const start = Math.max(from, billed.start);
    const amount = -unusedAmount(billed, from);
    const name = store.find("product", billed.product ?? "")?.name ?? productName(store, item.price);
    return [
      prorationItem(context, subscription, item, {
        amount,
        description: prorationText("Unused", name, billed.quantity, start),
        period: { start, end: billed.creditedFrom },
        pricing: billed.pricing,
        proration_details: { credited_items: billed.source, discount_amounts: [] },
        ...quantityFields(billed.quantity ?? 1),
      }),
    ];
  });
}

/**
 * Debits the time of an item from `from` until `until` (unix seconds): its share of what the whole period costs after
 * discounts. `subscription` has the items and discounts from then on.
 */
export function debitRemainingTime(
  context: Context,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  from: number,
  until: number,
): Stripe.InvoiceItem[] {
  const { store } = context;
  const { net, reductions, gross } = wholePeriod(store, subscription, item, context.clock.now());
  if (gross === 0 || until <= from) return [];
  const period = periodAt(subscription.billing_cycle_anchor, from, recurrenceOf(item.price));
  const part = (amount: number) => share(amount, until - from, period.end - period.start);
  const name = productName(store, item.price);
  const quantity = item.quantity ?? 1;
  return [
    prorationItem(context, subscription, item, {
      amount: part(net),
      description: prorationText("Remaining", name, quantity, from),
      period: { start: from, end: until },
      pricing: pricingOf(item.price),
      proration_details: {
        credited_items: null,
        discount_amounts: reductions.map(({ amount, discount }) => ({ amount: part(amount), discount })),
      },
      ...quantityFields(quantity),
    }),
  ];
}

/** What a whole period of the item costs, when all items of the subscription are billed together. */
export function wholePeriod(
  store: Store,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  now: number,
): { gross: number; net: number; reductions: { amount: number; discount: string }[] } {
  const items = subscription.items.data;
  const lines = items.map((candidate) => ({
    amount: amountFor(store, candidate.price, quantityOf(candidate), subscription.currency),
    discountable: true,
    product: String(candidate.price.product),
    discounts: lasting(store, currentDiscounts(store, candidate.discounts, now)),
  }));
  const discounts = lasting(store, discountsOf(store, subscription, now));
  const amounts = discountAmounts(store, subscription.currency, lines, discounts);
  const index = items.findIndex((candidate) => candidate.id === item.id);
  const gross = lines[index]?.amount ?? 0;
  const reductions = amounts[index] ?? [];
  return { gross, reductions, net: reductions.reduce((net, { amount }) => net - amount, gross) };
}

/** A coupon for one invoice is for the invoice of a whole period, not for a part of one. */
function lasting(store: Store, discounts: readonly Stripe.Discount[]): Stripe.Discount[] {
  return discounts.filter((discount) => couponOf(store, discount)?.duration !== "once");
}

function prorationItem(
  context: Context,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  fields: Partial<Stripe.InvoiceItem> & Pick<Stripe.InvoiceItem, "amount">,
): Stripe.InvoiceItem {
  return storeInvoiceItem(context, {
    currency: subscription.currency,
    customer: subscription.customer,
    discountable: false,
    metadata: subscription.metadata,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
      type: "subscription_details",
    },
    proration: true,
    tax_rates: item.tax_rates?.length ? item.tax_rates : (subscription.default_tax_rates ?? []),
    ...fields,
  });
}

function quantityFields(quantity: number) {
  return { quantity, quantity_decimal: Stripe.Decimal.from(quantity) };
}

export function pricingOf(price: Stripe.Price): Stripe.InvoiceItem.Pricing {
  return {
    price_details: { price: price.id, product: String(price.product) },
    type: "price_details",
    unit_amount_decimal: price.unit_amount_decimal,
  };
}
