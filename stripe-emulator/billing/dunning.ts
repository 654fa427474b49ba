import type Stripe from "stripe";
import { changeInvoice } from "../payments/settle-invoice.ts";
import type { Context } from "../state/context.ts";
import { methodOf } from "./advance-invoice.ts";
import { collect, intentOf } from "./collect-invoice.ts";
import { endSubscription } from "./end-subscription.ts";

/**
 * Tries once more to collect an invoice whose attempt is due. When the last attempt has failed, the subscription is
 * canceled, as by Stripe's default settings; its invoice stays open.
 */
export function collectAgain(context: Context, invoice: Stripe.Invoice): void {
  const id = invoice.parent?.subscription_details?.subscription;
  const subscription = typeof id === "string" ? context.store.find("subscription", id) : undefined;
  const intent = intentOf(context, invoice.id);
  const method = subscription && methodOf(context, invoice, subscription);
  const cannotPay = intent === undefined || intent.status === "canceled" || method === undefined;
  if (subscription === undefined || subscription.status === "canceled" || cannotPay) {
    changeInvoice(context, invoice, { next_payment_attempt: null });
    return;
  }
  collect(context, intent, method, true);
  const tried = context.store.get("invoice", invoice.id);
  if (tried.status === "open" && tried.next_payment_attempt === null) {
    endSubscription(context, subscription, { reason: "payment_failed" });
  }
}
