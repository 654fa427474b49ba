/** Attaches discounts to customers and subscriptions, and takes them off. */
import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { couponOf, hasEnded } from "./discount.ts";

/** Takes the discount off its customer, subscription and subscription item: `customer.discount.deleted`. */
export function removeDiscount(context: Context, discount: Stripe.Discount): void {
  const { store } = context;
  const customer = store.find("customer", String(discount.customer));
  if (customer?.discount?.id === discount.id) store.patch("customer", customer, { discount: null });
  const subscription = store.find("subscription", String(discount.subscription));
  if (subscription !== undefined) store.put("subscription", without(subscription, discount.id));
  context.emit("customer.discount.deleted", discount);
}

function without(subscription: Stripe.Subscription, discountId: string): Stripe.Subscription {
  const isOther = (discount: string | Stripe.Discount) =>
    (typeof discount === "string" ? discount : discount.id) !== discountId;
  const items = subscription.items.data.map((item) => ({
    ...item,
    discounts: item.discounts.filter(isOther),
  }));
  return {
    ...subscription,
    discounts: subscription.discounts.filter(isOther),
    items: { ...subscription.items, data: items },
  };
}

/** After an invoice that they reduced, takes off the discounts that are for one invoice. */
export function endUsedDiscounts(context: Context, invoice: Stripe.Invoice): void {
  for (const { amount, discount: reference } of invoice.total_discount_amounts ?? []) {
    const discount = context.store.find("discount", String(reference));
    if (discount === undefined || amount === 0 || !isInUse(context, discount)) continue;
    if (couponOf(context.store, discount)?.duration === "once") removeDiscount(context, discount);
  }
}

/** Takes off the subscription's and its customer's discounts whose time is over. */
export function endExpiredDiscounts(context: Context, subscription: Stripe.Subscription): void {
  const { store, clock } = context;
  const customer = store.find("customer", String(subscription.customer));
  const references = [
    ...subscription.discounts,
    ...subscription.items.data.flatMap((item) => item.discounts),
    ...(customer?.discount ? [customer.discount.id] : []),
  ];
  for (const reference of references) {
    const discount = store.find("discount", typeof reference === "string" ? reference : reference.id);
    if (discount !== undefined && hasEnded(discount, clock.now())) removeDiscount(context, discount);
  }
}

function isInUse({ store }: Context, { id, customer, subscription }: Stripe.Discount): boolean {
  if (store.find("customer", String(customer))?.discount?.id === id) return true;
  const owner = store.find("subscription", String(subscription));
  const references = [
    ...(owner?.discounts ?? []),
    ...(owner?.items.data.flatMap((item) => item.discounts) ?? []),
  ];
  return references.includes(id);
}

/** Gives the customer a discount in place of the one it had: `customer.discount.created` or `customer.discount.updated`. */
export function setCustomerDiscount(
  context: Context,
  customer: Stripe.Customer,
  discount: Stripe.Discount,
): Stripe.Customer {
  const before = customer.discount;
  const after = context.store.patch("customer", customer, { discount });
  if (before === null || before === undefined) context.emit("customer.discount.created", discount);
  else context.emit("customer.discount.updated", discount, previousAttributes(before, discount));
  return after;
}
