import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";

/** Changes a customer: `customer.updated`. */
export function changeCustomer(
  context: Context,
  before: Stripe.Customer,
  changes: Partial<Stripe.Customer>,
): Stripe.Customer {
  const after = context.store.patch("customer", before, changes);
  context.emit("customer.updated", after, previousAttributes(before, after));
  return after;
}
