import type Stripe from "stripe";
import { cancelIntent } from "../payments/cancel-intent.ts";
import { changeInvoice } from "../payments/settle-invoice.ts";
import type { Context } from "../state/context.ts";
import { intentOf } from "./collect-invoice.ts";

/** Voids an open invoice and cancels its payment: `payment_intent.canceled`, `invoice.updated`, `invoice.voided`. */
export function voidInvoice(context: Context, invoice: Stripe.Invoice): Stripe.Invoice {
  const intent = intentOf(context, invoice.id);
  if (intent !== undefined) cancelIntent(context, intent, "void_invoice");
  const voided = changeInvoice(context, invoice, {
    status: "void",
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
  return marked;
}
