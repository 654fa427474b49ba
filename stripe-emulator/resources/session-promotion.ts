/** The promotion code that a payer types into the page of a checkout session. */
import type Stripe from "stripe";
import { totalOf } from "../checkout/line-items.ts";
import { orderOf } from "../checkout/order.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { discountedItems, offeredDiscounts } from "./checkout-discounts.ts";

/**
 * Takes off what the code gives, or nothing any more if `text` is undefined. Throws a 400 for a code that does not exist, or that the
 * customer cannot redeem.
 */
export function promoteSession(
  context: Context,
  session: Stripe.Checkout.Session,
  text: string | undefined,
): Stripe.Checkout.Session {
  const { store } = context;
  if (session.allow_promotion_codes !== true)
    throw invalidRequest("This Checkout Session takes no promotion codes.", undefined, "promotion_code");
  const order = orderOf(context, session.id);
  const customer = session.customer === null ? null : String(session.customer);
  const given = text === undefined ? [] : [{ promotion_code: codeWith(context, text, customer) }];
  const discounts = offeredDiscounts(context, given, customer, order.lineItems);
  const lineItems = discountedItems(context, order.lineItems, discounts);
  const { discounts: _before, ...subscription } = order.data.subscription;
  store.patch("checkout_order", order, {
    lineItems,
    data: {
      ...order.data,
      subscription: given.length === 0 ? subscription : { ...subscription, discounts: given },
    },
  });
  const total = totalOf(lineItems);
  return store.patch("checkout.session", session, {
    discounts,
    amount_total: total,
    total_details: {
      amount_shipping: 0,
      amount_tax: 0,
      ...session.total_details,
      amount_discount: (session.amount_subtotal ?? total) - total,
    },
  });
}

/** The text in any case. One text can belong to several codes, each for one customer. */
function codeWith({ store }: Context, text: string, customer: string | null): string {
  const found = store
    .all("promotion_code")
    .filter(({ active, code }) => active && code.toLowerCase() === text.trim().toLowerCase());
  const own = found.find((code) => code.customer !== null && code.customer === customer);
  const chosen = own ?? found.find((code) => code.customer === null);
  if (chosen !== undefined) return chosen.id;
  throw invalidRequest("This code is invalid.", undefined, "promotion_code");
}
