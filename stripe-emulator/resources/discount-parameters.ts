import type Stripe from "stripe";
import { customerDiscounts, type DiscountOwner, isValid, storeDiscount } from "../billing/discount.ts";
import { amountOff } from "../billing/discount-amounts.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { emptyable, hash, list, type Parsed, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";

const discountFields = { coupon: string(), discount: string(), promotion_code: string() };
export type GivenDiscount = Parsed<typeof discountFields>;

/** The `discounts` of a subscription, an item or an invoice; an empty value removes them. */
export const discountsParameter = () => emptyable(list(hash(discountFields), 20));

/** For whom and for what discounts are redeemed. */
export interface Redemption {
  owner: DiscountOwner;
  customer: string;
  currency: string;
  /** What the first invoice costs before discounts; undefined if that is not known. */
  amount?: number | undefined;
}

/** The ids of the discounts that a request gives, new ones stored. Throws a 400 for a coupon that cannot be redeemed. */
export function redeemedDiscounts(
  context: Context,
  given: readonly GivenDiscount[],
  redemption: Redemption,
  param = "discounts",
): string[] {
  return given.map((entry, index) => redeemedDiscount(context, entry, redemption, `${param}[${index}]`).id);
}

function redeemedDiscount(
  context: Context,
  { coupon: couponId, discount: discountId, promotion_code: codeId }: GivenDiscount,
  redemption: Redemption,
  param: string,
): Stripe.Discount {
  const { store } = context;
  const names = [couponId, discountId, codeId].filter((id) => id !== undefined);
  if (names.length !== 1) {
    throw invalidRequest(
      "Pass exactly one of coupon, discount and promotion_code.",
      "parameter_missing",
      param,
    );
  }
  if (discountId !== undefined) return store.get("discount", discountId, `${param}[discount]`);
  if (codeId !== undefined) {
    const code = redeemableCode(context, codeId, redemption, `${param}[promotion_code]`);
    const coupon = redeemableCoupon(
      context,
      String(code.promotion.coupon),
      redemption,
      `${param}[promotion_code]`,
    );
    return storeDiscount(context, coupon, code, redemption.owner);
  }
  const coupon = redeemableCoupon(context, couponId ?? "", redemption, `${param}[coupon]`);
  return storeDiscount(context, coupon, undefined, redemption.owner);
}

/** The coupon, if it can be redeemed. Throws a 400 that says why not. */
export function redeemableCoupon(
  { store, clock }: Context,
  id: string,
  { currency }: Pick<Redemption, "currency">,
  param: string,
): Stripe.Coupon {
  const coupon = store.get("coupon", id, param);
  if (!isValid(coupon, clock.now())) {
    throw invalidRequest(`Coupon expired: ${id}. It cannot be redeemed any more.`, "coupon_expired", param);
  }
  if (coupon.amount_off !== null && currency !== "" && amountOff(store, coupon, currency) === undefined) {
    throw invalidRequest(
      `The coupon ${id} takes off an amount in ${coupon.currency}, and cannot be used for ${currency}.`,
      undefined,
      param,
    );
  }
  return coupon;
}

/** The promotion code, if the customer may redeem it. Throws a 400 that says why not. */
export function redeemableCode(
  { store, clock }: Context,
  id: string,
  { customer, amount, currency }: Redemption,
  param: string,
): Stripe.PromotionCode {
  const code = store.get("promotion_code", id, param);
  const refused = (why: string) =>
    invalidRequest(`This promotion code cannot be redeemed because ${why}.`, undefined, param);
  const { expires_at: expiry, max_redemptions: limit, restrictions } = code;
  if (!code.active) throw refused("it is inactive");
  if (expiry !== null && expiry <= clock.now()) throw refused("it has expired");
  if (limit !== null && code.times_redeemed >= limit)
    throw refused("it has been redeemed as often as is possible");
  if (code.customer !== null && code.customer !== customer) throw refused("it is for another customer");
  if (restrictions.first_time_transaction && hasPaid(store, customer)) {
    throw refused("the associated customer has prior transactions");
  }
  const minimum =
    restrictions.minimum_amount_currency === currency
      ? restrictions.minimum_amount
      : (restrictions.currency_options?.[currency]?.minimum_amount ?? restrictions.minimum_amount);
  if (minimum !== null && amount !== undefined && amount < minimum) {
    throw refused(`the order is below the minimum of ${minimum} ${restrictions.minimum_amount_currency}`);
  }
  return code;
}

function hasPaid(store: Context["store"], customer: string): boolean {
  return (
    store.all("charge").some((charge) => charge.customer === customer && charge.paid) ||
    store.all("invoice").some((invoice) => invoice.customer === customer && invoice.amount_paid > 0)
  );
}

/** The ids of the discounts of an invoice that names none: those of its customer. */
export function inheritedDiscounts({ store, clock }: Context, customer: string): string[] {
  return customerDiscounts(store, customer, clock.now()).map((discount) => discount.id);
}
