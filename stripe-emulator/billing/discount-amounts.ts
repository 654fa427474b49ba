import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { couponOf } from "./discount.ts";
import { distribute, percentage } from "./rounding.ts";

type Store = Context["store"];

/** One amount that discounts reduce. */
export interface Discountable {
  /** Before discounts, in the smallest unit. */
  amount: number;
  discountable: boolean;
  /** The product's id. */
  product: string | undefined;
  /** Of this line only. They apply before those of the whole invoice. */
  discounts: readonly Stripe.Discount[];
}

export interface DiscountAmount {
  /** In the smallest unit, never negative. */
  amount: number;
  /** The discount's id. */
  discount: string;
}

/**
 * By how much each discount reduces each line. They apply one after another, each to what the previous ones left. A
 * percentage is rounded on each line; an amount is divided among the lines in proportion to what is left of them.
 */
export function discountAmounts(
  store: Store,
  currency: string,
  lines: readonly Discountable[],
  discounts: readonly Stripe.Discount[],
): DiscountAmount[][] {
  const results: DiscountAmount[][] = lines.map(() => []);
  const left = lines.map(({ amount, discountable }) => (discountable ? Math.max(amount, 0) : 0));
  const apply = (discount: Stripe.Discount, indexes: readonly number[]): void => {
    const coupon = couponOf(store, discount);
    if (coupon === undefined) return;
    const reached = indexes.filter((index) => appliesTo(store, coupon, lines[index]?.product));
    const amounts = reached.map((index) => left[index] ?? 0);
    const reductions = reductionsBy(store, coupon, currency, amounts);
    for (const [position, index] of reached.entries()) {
      const amount = reductions[position] ?? 0;
      left[index] = (left[index] ?? 0) - amount;
      if (lines[index]?.discountable) results[index]?.push({ amount, discount: discount.id });
    }
  };
  for (const [index, line] of lines.entries()) {
    for (const discount of line.discounts) apply(discount, [index]);
  }
  for (const discount of discounts) apply(discount, [...lines.keys()]);
  return results;
}

function reductionsBy(store: Store, coupon: Stripe.Coupon, currency: string, amounts: number[]): number[] {
  const { percent_off: percent } = coupon;
  if (percent !== null) return amounts.map((amount) => Math.min(percentage(amount, percent), amount));
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return distribute(Math.min(amountOff(store, coupon, currency) ?? 0, total), amounts);
}

/** What the coupon takes off in that currency; undefined if it has no amount in it. */
export function amountOff(store: Store, coupon: Stripe.Coupon, currency: string): number | undefined {
  if (coupon.currency === currency) return coupon.amount_off ?? undefined;
  return store.hiddenFields.get(coupon.id)?.coupon_currency_options?.[currency]?.amount_off;
}

function appliesTo(store: Store, coupon: Stripe.Coupon, product: string | undefined): boolean {
  const products = store.hiddenFields.get(coupon.id)?.applies_to?.products;
  return products === undefined || (product !== undefined && products.includes(product));
}
