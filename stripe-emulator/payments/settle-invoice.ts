/** The effects of a payment on its invoice, and on the subscription of that invoice. */
import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import type { StoredObjects } from "../state/store.ts";

/** After the first, second and third failed attempt: https://docs.stripe.com/billing/revenue-recovery/smart-retries */
const DAYS_UNTIL_NEXT_ATTEMPT = [3, 5, 7];
const SECONDS_PER_DAY = 24 * 60 * 60;

/**
 * Marks the invoice of the intent, if it has one, as paid: `invoice.updated`, `invoice.paid`, `invoice.payment_succeeded`,
 * `invoice_payment.paid`. Then its subscription becomes active, and its pending update comes about.
 */
export function invoicePaid(context: Context, intent: Stripe.PaymentIntent): void {
  const found = invoiceOf(context, intent);
  if (found === undefined) return;
  const now = context.clock.now();
  const payment = context.store.patch("invoice_payment", found.payment, {
    status: "paid",
    amount_paid: intent.amount_received,
    status_transitions: { canceled_at: null, paid_at: now },
  });
  const paid = markPaid(context, found.invoice, intent.amount_received);
  context.emit("invoice.updated", paid, previousAttributes(found.invoice, paid));
  context.emit("invoice.paid", paid);
  context.emit("invoice.payment_succeeded", paid);
  context.emit("invoice_payment.paid", payment);
  changeSubscription(context, paid, (subscription) => {
    const { payment_settings: settings, default_payment_method: current } = subscription;
    return {
      ...activated(context, subscription, paid),
      default_payment_method:
        settings?.save_default_payment_method === "on_subscription" ? intent.payment_method : current,
    };
  });
}

/** What a paid or uncollectible invoice changes about the status of its subscription, and about its pending update. */
function activated(
  { store }: Context,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
): Partial<Stripe.Subscription> {
  const { status, latest_invoice: latest, pending_update: update } = subscription;
  const isLatest = latest === invoice.id;
  const isSettled = isLatest || store.find("invoice", String(latest))?.status !== "open";
  const revives =
    status === "incomplete" || status === "past_due" || status === "unpaid" || status === "paused";
  return {
    ...(revives && isSettled ? { status: "active" } : {}),
    ...(isLatest && update !== null ? updatedBy(subscription, update) : {}),
  };
}

function updatedBy(
  { items, trial_end: trialEnd, billing_cycle_anchor: anchor, status }: Stripe.Subscription,
  update: Stripe.Subscription.PendingUpdate,
): Partial<Stripe.Subscription> {
  return {
    billing_cycle_anchor: update.billing_cycle_anchor ?? anchor,
    items: { ...items, data: update.subscription_items ?? items.data },
    pending_update: null,
    status: update.trial_end === null ? status : "active",
    trial_end: update.trial_end ?? trialEnd,
  };
}

/** Marks an open invoice as paid outside of Stripe: `invoice.updated`, `invoice.paid`. Its subscription becomes active. */
export function payOutOfBand(context: Context, invoice: Stripe.Invoice): Stripe.Invoice {
  const marked = markPaid(context, invoice, invoice.amount_remaining);
  const paid = context.store.patch("invoice", marked, { amount_paid_off_stripe: invoice.amount_remaining });
  context.emit("invoice.updated", paid, previousAttributes(invoice, paid));
  context.emit("invoice.paid", paid);
  changeSubscription(context, paid, (subscription) => activated(context, subscription, paid));
  return paid;
}

/** An invoice that is given up on no longer keeps its subscription paused. */
export function releaseSubscription(context: Context, invoice: Stripe.Invoice): void {
  changeSubscription(context, invoice, (subscription) =>
    subscription.status === "paused" ? activated(context, subscription, invoice) : {},
  );
}

/** Stores the invoice as paid with `amount`, 0 when nothing was due. Emits no event. */
export function markPaid(context: Context, invoice: Stripe.Invoice, amount: number): Stripe.Invoice {
  return context.store.patch("invoice", invoice, {
    status: "paid",
    attempted: true,
    attempt_count: invoice.amount_due > 0 ? invoice.attempt_count + 1 : invoice.attempt_count,
    amount_paid: invoice.amount_paid + amount,
    amount_remaining: 0,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: context.clock.now() },
  });
}

/**
 * Records a failed attempt: `invoice.updated`, `invoice.payment_failed`, and `invoice.payment_action_required` if the
 * customer was absent and has to authenticate. An active subscription becomes past due.
 */
export function invoicePaymentFailed(context: Context, intent: Stripe.PaymentIntent): void {
  const found = invoiceOf(context, intent);
  if (found === undefined) return;
  const attempts = found.invoice.attempt_count + 1;
  const failed = changeInvoice(context, found.invoice, {
    attempted: true,
    attempt_count: attempts,
    next_payment_attempt: nextAttempt(context, found.invoice, attempts),
  });
  context.emit("invoice.payment_failed", failed);
  if (intent.last_payment_error?.code === "authentication_required") {
    context.emit("invoice.payment_action_required", failed);
  }
  changeSubscription(context, failed, ({ status, pending_update: update }) =>
    status === "active" && update === null ? { status: "past_due" } : {},
  );
}

/** Only renewals are collected again by themselves. Null after the last attempt. */
function nextAttempt({ clock }: Context, invoice: Stripe.Invoice, attempts: number): number | null {
  const { billing_reason: reason, next_payment_attempt: planned } = invoice;
  // The customer tried in between: the next attempt stays due when it was.
  if (planned !== null && planned > clock.now()) return planned;
  const days = reason === "subscription_cycle" ? DAYS_UNTIL_NEXT_ATTEMPT[attempts - 1] : undefined;
  return days === undefined ? null : clock.now() + days * SECONDS_PER_DAY;
}

/** The customer has to authenticate the payment: `invoice.payment_action_required`. */
export function invoiceActionRequired(context: Context, intent: Stripe.PaymentIntent): void {
  const found = invoiceOf(context, intent);
  if (found !== undefined) context.emit("invoice.payment_action_required", found.invoice);
}

/** Changes a finalized invoice: `invoice.updated`. */
export function changeInvoice(
  context: Context,
  before: Stripe.Invoice,
  changes: Partial<Stripe.Invoice>,
): Stripe.Invoice {
  const after = context.store.patch("invoice", before, changes);
  context.emit("invoice.updated", after, previousAttributes(before, after));
  return after;
}

function invoiceOf(
  { store }: Context,
  intent: Stripe.PaymentIntent,
): { invoice: Stripe.Invoice; payment: Stripe.InvoicePayment } | undefined {
  const payment = store
    .all("invoice_payment")
    .find((candidate) => candidate.payment.payment_intent === intent.id);
  if (payment === undefined) return undefined;
  return { payment, invoice: store.get("invoice", String(payment.invoice)) };
}

/** Changes the invoice's subscription: `customer.subscription.updated`, unless everything stays the same. */
function changeSubscription(
  context: Context,
  invoice: Stripe.Invoice,
  change: (subscription: Stripe.Subscription) => Partial<StoredObjects["subscription"]>,
): void {
  const id = invoice.parent?.subscription_details?.subscription;
  const before = typeof id === "string" ? context.store.find("subscription", id) : undefined;
  if (before === undefined || before.ended_at !== null) return;
  const after = context.store.patch("subscription", before, change(before));
  const previous = previousAttributes(before, after);
  if (Object.keys(previous).length === 0) return;
  context.emit("customer.subscription.updated", after, previous);
  if (before.status === "paused" && after.status === "active") {
    context.emit("customer.subscription.resumed", after, previous);
  }
  if (before.pending_update !== null && after.pending_update === null) {
    context.emit("customer.subscription.pending_update_applied", after, previous);
  }
}
