import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { collect, finalizeInvoice } from "./collect-invoice.ts";
import { paymentMethodOf } from "./payment-method-of.ts";

/** Finalizes a draft that advances by itself, and collects or sends it: the events of the invoice, `invoice.sent`. */
export function advanceInvoice(context: Context, draft: Stripe.Invoice): void {
  const subscription = context.store.find(
    "subscription",
    String(draft.parent?.subscription_details?.subscription),
  );
  const { intent, invoice } = finalizeInvoice(context, draft, subscription);
  if (invoice.collection_method === "send_invoice") {
    context.emit("invoice.sent", invoice);
    return;
  }
  const method = methodOf(context, invoice, subscription);
  if (intent !== undefined && method !== undefined) collect(context, intent, method, true);
}

/** The method that pays an invoice: its own, that of its subscription, or that of its customer. */
export function methodOf(
  context: Context,
  invoice: Stripe.Invoice,
  subscription: Stripe.Subscription | undefined,
): Stripe.PaymentMethod | undefined {
  const own = invoice.default_payment_method;
  return paymentMethodOf(context, {
    customer: String(invoice.customer),
    default_payment_method: own ?? subscription?.default_payment_method ?? null,
  });
}
