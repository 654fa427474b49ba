import type Stripe from "stripe";
import type { Context } from "../state/context.ts";

/** The method that pays: the default of the subscription, otherwise that of the customer, otherwise its legacy source. */
export function paymentMethodOf(
  { store }: Pick<Context, "store">,
  subscription: Pick<Stripe.Subscription, "customer" | "default_payment_method">,
): Stripe.PaymentMethod | undefined {
  const customer = store.find("customer", String(subscription.customer));
  const id =
    subscription.default_payment_method ??
    customer?.invoice_settings.default_payment_method ??
    customer?.default_source;
  return typeof id === "string" ? store.find("payment_method", id) : undefined;
}
