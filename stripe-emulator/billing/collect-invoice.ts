import type Stripe from "stripe";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { newIntent } from "../payments/intent.ts";
import { markPaid } from "../payments/settle-invoice.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

/**
 * Finalizes a draft: `invoice.created`, `invoice.finalized`, and `payment_intent.created` for the payment that the invoice
 * then waits for. An invoice with nothing due is paid at once, without a payment intent.
 */
export function finalizeInvoice(
  context: Context,
  draft: Stripe.Invoice,
  subscription: Stripe.Subscription,
): { invoice: Stripe.Invoice; intent: Stripe.PaymentIntent | undefined } {
  const now = context.clock.now();
  context.emit("invoice.created", draft);
  const open = context.store.patch("invoice", draft, {
    status: "open",
    effective_at: now,
    ending_balance: 0,
    hosted_invoice_url: `${context.origin}/_emulator/invoices/${draft.id}`,
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  });
  context.emit("invoice.finalized", open);
  if (open.amount_due === 0) {
    const paid = markPaid(context, open, 0);
    context.emit("invoice.paid", paid);
    context.emit("invoice.payment_succeeded", paid);
    return { invoice: paid, intent: undefined };
  }
  const saves = subscription.payment_settings?.save_default_payment_method === "on_subscription";
  const intent = context.store.put(
    "payment_intent",
    newIntent(context, {
      amount: open.amount_due,
      currency: open.currency,
      customer: open.customer,
      description:
        open.billing_reason === "subscription_create" ? "Subscription creation" : "Subscription update",
      setup_future_usage: saves ? "off_session" : null,
    }),
  );
  context.store.put("invoice_payment", {
    id: newId("inpay"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: open.amount_due,
    created: now,
    currency: open.currency,
    invoice: open.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
  context.emit("payment_intent.created", intent);
  return { invoice: open, intent };
}

/** Attempts the payment. Returns the error of a decline instead of throwing it. */
export function collect(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  offSession: boolean,
): StripeApiError | undefined {
  try {
    confirmIntent(context, intent, method, { offSession, returnUrl: null });
    return undefined;
  } catch (error) {
    if (error instanceof StripeApiError && error.body.type === "card_error") return error;
    throw error;
  }
}

/** The payment intent of the invoice, if it has one. */
export function intentOf(
  { store }: Pick<Context, "store">,
  invoiceId: string,
): Stripe.PaymentIntent | undefined {
  const payment = store.all("invoice_payment").find((candidate) => candidate.invoice === invoiceId);
  const intent = payment?.payment.payment_intent;
  return typeof intent === "string" ? store.find("payment_intent", intent) : undefined;
}
