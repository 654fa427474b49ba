import type Stripe from "stripe";
import { catchUpPayments, dueTimesOfPayments } from "../payments/passing-payments.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOnClock } from "../state/test-clock.ts";
import { advanceInvoice } from "./advance-invoice.ts";
import { collectAgain } from "./dunning.ts";
import { voidInvoice } from "./end-invoice.ts";
import { endSubscription } from "./end-subscription.ts";
import { renewSubscription } from "./renew-subscription.ts";
import { periodEndOf } from "./subscription-item.ts";
import { announceTrialEnd, NOTICE_SECONDS } from "./trial-notice.ts";

/** Stripe gives the first payment 23 hours. https://docs.stripe.com/billing/subscriptions/overview */
const INCOMPLETE_SECONDS = 23 * 60 * 60;
/** The states of subscriptions whose next period begins. */
const RENEWED: ReadonlySet<string> = new Set(["active", "past_due", "trialing", "unpaid"]);

/**
 * Brings everything that has the context's clock up to its time: first payments that are overdue, the ends of trials and
 * periods, pauses and pending updates, cancellations, drafts that finalize themselves, further attempts to collect an
 * invoice. Each period that has passed is invoiced.
 */
export function catchUp(context: Context): void {
  const now = context.clock.now();
  catchUpPayments(context);
  for (const { id } of allOnClock(context, "subscription")) {
    let due = true;
    while (due) due = settleOne(context, id, now);
  }
  for (const { id } of allOnClock(context, "invoice")) settleInvoice(context, id, now);
}

/** The first time after `now`, in unix seconds, at which something on the context's clock is due; undefined if nothing is. */
export function nextDue(context: Context, now: number): number | undefined {
  let next: number | undefined;
  const consider = (time: number | null) => {
    if (time !== null && time > now && (next === undefined || time < next)) next = time;
  };
  dueTimesOfPayments(context).forEach(consider);
  for (const subscription of allOnClock(context, "subscription")) dueTimesOf(subscription).forEach(consider);
  for (const invoice of allOnClock(context, "invoice")) invoiceTimesOf(invoice).forEach(consider);
  return next;
}

function invoiceTimesOf(invoice: Stripe.Invoice): (number | null)[] {
  if (invoice.status === "draft") return [invoice.automatically_finalizes_at];
  return invoice.status === "open" ? [invoice.next_payment_attempt, invoice.due_date] : [];
}

function dueTimesOf(subscription: Stripe.Subscription): (number | null)[] {
  const { status, created, trial_end: trialEnd } = subscription;
  if (status === "incomplete") return [created + INCOMPLETE_SECONDS];
  if (!RENEWED.has(status)) return [];
  return [
    ...(status === "trialing" ? [(trialEnd ?? 0) - NOTICE_SECONDS] : []),
    periodEndOf(subscription),
    subscription.cancel_at,
    subscription.pause_collection?.resumes_at ?? null,
    subscription.pending_update?.expires_at ?? null,
  ];
}

/** Applies the next change of a subscription that is due. Returns whether there may be another. */
function settleOne(context: Context, id: string, now: number): boolean {
  const subscription = context.store.get("subscription", id);
  const { status, created, cancel_at: cancelAt } = subscription;
  if (status === "incomplete") {
    if (created + INCOMPLETE_SECONDS <= now) expire(context, subscription);
    return false;
  }
  if (!RENEWED.has(status)) return false;
  if (status === "trialing") announceTrialEnd(context, subscription);
  if (resumeCollection(context, subscription, now)) return true;
  if (dropPendingUpdate(context, subscription, now)) return true;
  if (cancelAt !== null && cancelAt <= Math.min(now, periodEndOf(subscription))) {
    // What is left to pay was left for the end of the period.
    endSubscription(context, subscription, {}, { invoiceNow: true });
    return true;
  }
  if (periodEndOf(subscription) > now) return false;
  renewSubscription(context, subscription);
  return true;
}

/** The first payment came too late: `customer.subscription.updated`, and the events of the voided invoice. */
function expire(context: Context, subscription: Stripe.Subscription): void {
  const invoice = context.store.find("invoice", String(subscription.latest_invoice));
  if (invoice?.status === "open") voidInvoice(context, invoice);
  const expired = context.store.patch("subscription", subscription, {
    status: "incomplete_expired",
    ended_at: context.clock.now(),
  });
  context.emit("customer.subscription.updated", expired, previousAttributes(subscription, expired));
}

function resumeCollection(context: Context, subscription: Stripe.Subscription, now: number): boolean {
  const resumes = subscription.pause_collection?.resumes_at ?? null;
  if (resumes === null || resumes > Math.min(now, periodEndOf(subscription))) return false;
  const resumed = context.store.patch("subscription", subscription, { pause_collection: null });
  context.emit("customer.subscription.updated", resumed, previousAttributes(subscription, resumed));
  return true;
}

/** A change that was not paid in time does not come about: `customer.subscription.pending_update_expired`. */
function dropPendingUpdate(context: Context, subscription: Stripe.Subscription, now: number): boolean {
  if (subscription.pending_update === null || subscription.pending_update.expires_at > now) return false;
  const invoice = context.store.find("invoice", String(subscription.latest_invoice));
  if (invoice?.status === "open") voidInvoice(context, invoice);
  const kept = context.store.patch("subscription", subscription, { pending_update: null });
  context.emit("customer.subscription.pending_update_expired", kept, previousAttributes(subscription, kept));
  return true;
}

function settleInvoice(context: Context, id: string, now: number): void {
  const invoice = context.store.find("invoice", id);
  if (invoice === undefined) return;
  const { automatically_finalizes_at: finalizes, next_payment_attempt: attempt, status } = invoice;
  if (status === "draft" && finalizes !== null && finalizes <= now) advanceInvoice(context, invoice);
  if (status !== "open") return;
  if (attempt !== null && attempt <= now) collectAgain(context, invoice);
  if (invoice.due_date !== null && invoice.due_date <= now) becomeOverdue(context, invoice);
}

/** Once, when an invoice that was sent is not paid in time: `invoice.overdue`. Its subscription is past due. */
function becomeOverdue(context: Context, invoice: Stripe.Invoice): void {
  if (context.store.overdueInvoices.has(invoice.id)) return;
  context.store.overdueInvoices.add(invoice.id);
  context.emit("invoice.overdue", invoice);
  const subscription = context.store.find(
    "subscription",
    String(invoice.parent?.subscription_details?.subscription),
  );
  if (subscription?.status !== "active") return;
  const late = context.store.patch("subscription", subscription, { status: "past_due" });
  context.emit("customer.subscription.updated", late, previousAttributes(subscription, late));
}
