import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { addMonths } from "./period.ts";

type Store = Context["store"];

/** What a discount is attached to. */
export type DiscountOwner = Partial<
  Pick<
    Stripe.Discount,
    "checkout_session" | "customer" | "invoice" | "invoice_item" | "subscription" | "subscription_item"
  >
>;

/** Stores a discount that starts now, and counts the redemption of its coupon and promotion code. Emits no event. */
export function storeDiscount(
  { store, clock }: Context,
  coupon: Stripe.Coupon,
  promotionCode: Stripe.PromotionCode | undefined,
  owner: DiscountOwner,
): Stripe.Discount {
  const start = clock.now();
  const redeemed = store.patch("coupon", coupon, { times_redeemed: coupon.times_redeemed + 1 });
  store.patch("coupon", redeemed, { valid: isValid(redeemed, start) });
  if (promotionCode !== undefined) {
    store.patch("promotion_code", promotionCode, { times_redeemed: promotionCode.times_redeemed + 1 });
  }
  return store.put("discount", {
    id: newId("di"),
    object: "discount",
    checkout_session: null,
    customer: null,
    customer_account: null,
    end: coupon.duration_in_months === null ? null : addMonths(start, coupon.duration_in_months),
    invoice: null,
    invoice_item: null,
    promotion_code: promotionCode?.id ?? null,
    source: { coupon: coupon.id, type: "coupon" },
    start,
    subscription: null,
    subscription_item: null,
    ...owner,
  });
}

/** Whether a coupon can be redeemed at `now`, in unix seconds. */
export function isValid(coupon: Stripe.Coupon, now: number): boolean {
  const { max_redemptions: limit, redeem_by: until, times_redeemed: count } = coupon;
  return (limit === null || count < limit) && (until === null || until > now);
}

/** The coupon of a discount, also if it has been deleted. */
export function couponOf(store: Store, discount: Stripe.Discount): Stripe.Coupon | undefined {
  const id = String(discount.source.coupon);
  return store.find("coupon", id) ?? store.deletedCoupons.get(id);
}

/** The discounts with these ids that apply to an invoice of the time `now`. */
export function currentDiscounts(
  store: Store,
  ids: readonly (string | { id: string })[],
  now: number,
): Stripe.Discount[] {
  return ids.flatMap((reference) => {
    const id = typeof reference === "string" ? reference : reference.id;
    const discount = store.find("discount", id);
    return discount !== undefined && !hasEnded(discount, now) ? [discount] : [];
  });
}

export function hasEnded(discount: Stripe.Discount, now: number): boolean {
  return discount.end !== null && discount.end <= now;
}

/** The discounts of a subscription's invoices: its own, otherwise that of its customer. */
export function discountsOf(
  store: Store,
  subscription: Pick<Stripe.Subscription, "customer" | "discounts">,
  now: number,
): Stripe.Discount[] {
  const own = currentDiscounts(store, subscription.discounts, now);
  return own.length > 0 ? own : customerDiscounts(store, String(subscription.customer), now);
}

export function customerDiscounts(store: Store, customer: string, now: number): Stripe.Discount[] {
  const discount = store.find("customer", customer)?.discount;
  return discount ? currentDiscounts(store, [discount.id], now) : [];
}

/** A deleted discount, as the API returns it. */
export function deletedDiscount({ end: _end, ...discount }: Stripe.Discount): Stripe.DeletedDiscount {
  return { ...discount, deleted: true };
}
