/** The discounts of checkout sessions, which nobody has redeemed until the session is complete. */
import type Stripe from "stripe";
import { discountAmounts } from "../billing/discount-amounts.ts";
import { totalOf } from "../checkout/line-items.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { redeemableCode, redeemableCoupon } from "./discount-parameters.ts";

export interface GivenDiscount {
  coupon?: string;
  promotion_code?: string;
}

/** The coupons of the discounts. Throws a 400 when the customer cannot redeem one. */
export function offeredDiscounts(
  context: Context,
  given: readonly GivenDiscount[],
  customer: string | null,
  items: readonly Stripe.LineItem[],
): Stripe.Checkout.Session.Discount[] {
  const currency = items[0]?.currency ?? "usd";
  return given.map(({ coupon, promotion_code: codeId }, index) => {
    const param = `discounts[${index}]`;
    if ((coupon === undefined) === (codeId === undefined)) {
      throw invalidRequest("Pass exactly one of coupon and promotion_code.", "parameter_missing", param);
    }
    if (codeId === undefined) {
      const redeemable = redeemableCoupon(context, coupon ?? "", { currency }, `${param}[coupon]`);
      return { coupon: redeemable.id, promotion_code: null };
    }
    const name = `${param}[promotion_code]`;
    const code = redeemableCode(
      context,
      codeId,
      { owner: {}, customer: customer ?? "", currency, amount: totalOf(items) },
      name,
    );
    redeemableCoupon(context, String(code.promotion.coupon), { currency }, name);
    return { coupon: null, promotion_code: code.id };
  });
}

/** The items with what the discounts take off. */
export function discountedItems(
  { store, clock }: Context,
  items: readonly Stripe.LineItem[],
  discounts: readonly Stripe.Checkout.Session.Discount[],
): Stripe.LineItem[] {
  const lines = items.map(({ amount_subtotal: amount, price }) => ({
    amount,
    discountable: true,
    product: price === null ? undefined : String(price.product),
    discounts: [],
  }));
  const redeemed = discounts.map(({ coupon, promotion_code: codeId }, index): Stripe.Discount => {
    const code = codeId === null ? undefined : store.get("promotion_code", String(codeId));
    return {
      id: `di_${index}`,
      object: "discount",
      checkout_session: null,
      customer: null,
      customer_account: null,
      end: null,
      invoice: null,
      invoice_item: null,
      promotion_code: code?.id ?? null,
      source: { coupon: String(code?.promotion.coupon ?? coupon), type: "coupon" },
      start: clock.now(),
      subscription: null,
      subscription_item: null,
    };
  });
  const reductions = discountAmounts(store, items[0]?.currency ?? "usd", lines, redeemed);
  return items.map((item, index) => {
    const off = (reductions[index] ?? []).reduce((sum, { amount }) => sum + amount, 0);
    return { ...item, amount_discount: off, amount_total: item.amount_subtotal - off };
  });
}
