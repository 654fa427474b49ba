import type Stripe from "stripe";
import { cancelIntent } from "../payments/cancel-intent.ts";
import { changeInvoice, releaseSubscription } from "../payments/settle-invoice.ts";
import type { Context } from "../state/context.ts";
import { intentOf } from "./collect-invoice.ts";
import { changeBalance } from "./customer-balance.ts";

/**
 * Voids an open invoice and cancels its payment: `payment_intent.canceled`, `invoice.updated`, `invoice.voided`. The
 * customer gets back the credit that the invoice used.
 */
export function voidInvoice(context: Context, invoice: Stripe.Invoice): Stripe.Invoice {
  const intent = intentOf(context, invoice.id);
  if (intent !== undefined) cancelIntent(context, intent, "void_invoice");
  const used = (invoice.ending_balance ?? invoice.starting_balance) - invoice.starting_balance;
  if (used !== 0 && context.store.find("customer", String(invoice.customer)) !== undefined) {
    changeBalance(context, String(invoice.customer), -used, {
      currency: invoice.currency,
      invoice: invoice.id,
      type: "unapplied_from_invoice",
    });
  }
  const voided = changeInvoice(context, invoice, {
    status: "void",
    next_payment_attempt: null,
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, voided_at: context.clock.now() },
  });
  context.emit("invoice.voided", voided);
  return voided;
}

/** Gives up on the payment of an invoice, which is still possible: `invoice.updated`, `invoice.marked_uncollectible`. */
export function markUncollectible(context: Context, invoice: Stripe.Invoice): Stripe.Invoice {
  const marked = changeInvoice(context, invoice, {
    status: "uncollectible",
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: context.clock.now() },
  });
  context.emit("invoice.marked_uncollectible", marked);
  releaseSubscription(context, marked);
  return marked;
}
