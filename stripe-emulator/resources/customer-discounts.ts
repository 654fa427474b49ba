import type Stripe from "stripe";
import { deletedDiscount } from "../billing/discount.ts";
import { removeDiscount, setCustomerDiscount } from "../billing/discounts-in-use.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { redeemedDiscounts } from "./discount-parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

export const customerDiscountEndpoints = [endpoint("DELETE", "/v1/customers/:id/discount", {}, remove)];

/**
 * Redeems a coupon or a promotion code for all invoices of a customer; an empty coupon ends the discount.
 * `customer.discount.created`, `.updated`, `.deleted`
 */
export function changeDiscount(
  context: Context,
  customer: Stripe.Customer,
  { coupon, promotion_code }: { coupon?: string | null | undefined; promotion_code?: string | undefined },
): Stripe.Customer {
  const { store } = context;
  if (coupon === null) {
    const discount = customer.discount && store.find("discount", customer.discount.id);
    if (discount) removeDiscount(context, discount);
    return store.get("customer", customer.id);
  }
  if (coupon === undefined && promotion_code === undefined) return customer;
  if (coupon !== undefined && promotion_code !== undefined) {
    throw invalidRequest("Pass either coupon or promotion_code.", undefined, "promotion_code");
  }
  const given = coupon === undefined ? { promotion_code: promotion_code ?? "" } : { coupon };
  const redemption = {
    owner: { customer: customer.id },
    customer: customer.id,
    currency: customer.currency ?? "",
  };
  const [id = ""] = redeemedDiscounts(context, [given], redemption, "");
  return setCustomerDiscount(context, store.get("customer", customer.id), store.get("discount", id));
}

function remove({ context, id }: Call): Stripe.DeletedDiscount {
  const customer = context.store.get("customer", id);
  const discount = customer.discount && context.store.find("discount", customer.discount.id);
  if (!discount) throw invalidRequest("No active discount for customer.", "resource_missing");
  removeDiscount(context, discount);
  return deletedDiscount(discount);
}
