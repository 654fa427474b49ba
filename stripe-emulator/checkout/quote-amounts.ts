import type Stripe from "stripe";
import { totalOf } from "./line-items.ts";

/** What a quote costs: once at its beginning, and again in each period. */
export function quoteAmounts(
  items: readonly Stripe.LineItem[],
  trialDays: number | null,
): Pick<Stripe.Quote, "amount_subtotal" | "amount_total" | "computed" | "currency" | "total_details"> {
  const recurring = items.filter(({ price }) => price?.recurring);
  const upfront = trialDays === null ? items : items.filter((item) => !recurring.includes(item));
  const [first] = recurring;
  return {
    amount_subtotal: subtotalOf(upfront),
    amount_total: totalOf(upfront),
    computed: {
      recurring: first?.price?.recurring
        ? {
            amount_subtotal: subtotalOf(recurring),
            amount_total: totalOf(recurring),
            interval: first.price.recurring.interval,
            interval_count: first.price.recurring.interval_count,
            total_details: detailsOf(recurring),
          }
        : null,
      upfront: {
        amount_subtotal: subtotalOf(upfront),
        amount_total: totalOf(upfront),
        total_details: detailsOf(upfront),
      },
    },
    currency: items[0]?.currency ?? null,
    total_details: detailsOf(upfront),
  };
}

function subtotalOf(items: readonly Stripe.LineItem[]): number {
  return items.reduce((sum, item) => sum + item.amount_subtotal, 0);
}

function detailsOf(items: readonly Stripe.LineItem[]) {
  const discount = items.reduce((sum, item) => sum + item.amount_discount, 0);
  return { amount_discount: discount, amount_shipping: 0, amount_tax: 0 };
}
