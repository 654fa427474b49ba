import type Stripe from "stripe";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { newIntent } from "../payments/intent.ts";
import { markPaid } from "../payments/settle-invoice.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { balanceIn, changeBalance } from "./customer-balance.ts";
import { endUsedDiscounts } from "./discounts-in-use.ts";
import { amountDue } from "./invoice-totals.ts";

export interface Finalized {
  invoice: Stripe.Invoice;
  /** The payment that the invoice waits for. */
  intent: Stripe.PaymentIntent | undefined;
}

/** Announces a stored draft and finalizes it: `invoice.created`, then the events of {@link finalizeInvoice}. */
export function issueInvoice(
  context: Context,
  draft: Stripe.Invoice,
  subscription?: Stripe.Subscription,
): Finalized {
  context.emit("invoice.created", draft);
  return finalizeInvoice(context, draft, subscription);
}

/**
 * Finalizes a draft: `invoice.finalized`, and `payment_intent.created` for the payment that the invoice then waits for.
 * The customer's balance is settled first. An invoice with nothing due is paid at once, without a payment intent.
 */
export function finalizeInvoice(
  context: Context,
  draft: Stripe.Invoice,
  subscription?: Stripe.Subscription,
): Finalized {
  const now = context.clock.now();
  const settled = settleBalance(context, draft);
  const open = context.store.patch("invoice", settled, {
    number: draft.number ?? nextNumber(context, String(draft.customer)),
    status: "open",
    automatically_finalizes_at: null,
    effective_at: draft.effective_at ?? now,
    hosted_invoice_url: `${context.origin}/_emulator/invoices/${draft.id}`,
    invoice_pdf: `${context.origin}/_emulator/invoices/${draft.id}`,
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  });
  context.emit("invoice.finalized", open);
  endUsedDiscounts(context, open);
  if (open.amount_due === 0) {
    const paid = markPaid(context, open, 0);
    context.emit("invoice.paid", paid);
    context.emit("invoice.payment_succeeded", paid);
    return { invoice: paid, intent: undefined };
  }
  const saves = subscription?.payment_settings?.save_default_payment_method === "on_subscription";
  const intent = context.store.put(
    "payment_intent",
    newIntent(context, {
      amount: open.amount_due,
      currency: open.currency,
      customer: open.customer,
      description: descriptionOf(open),
      receipt_email: null,
      setup_future_usage: saves ? "off_session" : null,
      statement_descriptor: open.statement_descriptor,
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

function descriptionOf({ billing_reason: reason }: Stripe.Invoice): string {
  if (reason === "manual") return "Payment for Invoice";
  return reason === "subscription_create" ? "Subscription creation" : "Subscription update";
}

/** Takes the number for the invoice from the customer's sequence. */
function nextNumber({ store }: Context, customerId: string): string {
  const customer = store.get("customer", customerId);
  const sequence = customer.next_invoice_sequence ?? 1;
  store.patch("customer", customer, { next_invoice_sequence: sequence + 1 });
  return `${customer.invoice_prefix ?? "EMULATOR"}-${String(sequence).padStart(4, "0")}`;
}

/**
 * Pays the invoice from the customer's credit as far as that goes, and adds to it what a negative invoice pays back. What
 * is left and too small to be charged is added to the next invoice.
 */
function settleBalance(context: Context, draft: Stripe.Invoice): Stripe.Invoice {
  const starting = balanceIn(context, String(draft.customer), draft.currency);
  const left = draft.total + starting;
  const due = amountDue(left, draft.currency);
  const ending = left - due;
  if (ending !== starting) {
    changeBalance(context, String(draft.customer), ending - starting, {
      currency: draft.currency,
      invoice: draft.id,
      type: left > due && due === 0 ? "invoice_too_small" : "applied_to_invoice",
    });
  }
  return {
    ...draft,
    amount_due: due,
    amount_remaining: due,
    starting_balance: starting,
    ending_balance: ending,
  };
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
