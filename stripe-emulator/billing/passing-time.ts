import type Stripe from "stripe";
import { catchUpPayments, dueTimesOfPayments } from "../payments/passing-payments.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { collectAgain } from "./dunning.ts";
import { voidInvoice } from "./end-invoice.ts";
import { endSubscription, renewSubscription } from "./subscription.ts";

/** Stripe gives the first payment 23 hours. https://docs.stripe.com/billing/subscriptions/overview */
const INCOMPLETE_SECONDS = 23 * 60 * 60;
const NOTICE_SECONDS = 3 * 24 * 60 * 60;
/** The states of subscriptions whose next period begins. */
const RENEWED: ReadonlySet<string> = new Set(["active", "trialing"]);

/**
 * Brings everything up to the time of the clock: first payments that are overdue, the ends of trials and periods,
 * cancellations at the end of a period, further attempts to collect an invoice. Each period that has passed is invoiced.
 */
export function catchUp(context: Context): void {
  const now = context.clock.now();
  catchUpPayments(context);
  for (const { id } of context.store.all("subscription")) {
    let due = true;
    while (due) due = settleOne(context, id, now);
  }
  for (const invoice of context.store.all("invoice")) {
    const { status, next_payment_attempt: attempt } = invoice;
    if (status === "open" && attempt !== null && attempt <= now) collectAgain(context, invoice);
  }
}

/** The first time after `now`, in unix seconds, at which something is due; undefined if nothing is. */
export function nextDue(context: Context, now: number): number | undefined {
  const { store } = context;
  const times = [
    ...dueTimesOfPayments(context),
    ...store.all("subscription").flatMap((subscription) => dueTimesOf(subscription)),
    ...store
      .all("invoice")
      .flatMap(({ status, next_payment_attempt: attempt }) =>
        status === "open" && attempt !== null ? [attempt] : [],
      ),
  ].filter((time) => time > now);
  return times.length === 0 ? undefined : Math.min(...times);
}

function dueTimesOf(subscription: Stripe.Subscription): number[] {
  const { status, created, trial_end: trialEnd } = subscription;
  if (status === "incomplete") return [created + INCOMPLETE_SECONDS];
  if (status === "trialing") return [(trialEnd ?? 0) - NOTICE_SECONDS, periodEndOf(subscription)];
  return RENEWED.has(status) ? [periodEndOf(subscription)] : [];
}

function periodEndOf({ items }: Stripe.Subscription): number {
  return Math.min(...items.data.map((item) => item.current_period_end));
}

/** Once, three days before the trial ends: `customer.subscription.trial_will_end`. */
function announceTrialEnd(context: Context, subscription: Stripe.Subscription, now: number): void {
  if (subscription.trial_end === null || subscription.trial_end - NOTICE_SECONDS > now) return;
  const isAnnounced = context.store
    .all("event")
    .some(
      ({ type: emitted, data }) =>
        emitted === "customer.subscription.trial_will_end" &&
        "id" in data.object &&
        data.object.id === subscription.id,
    );
  if (!isAnnounced) context.emit("customer.subscription.trial_will_end", subscription);
}

/** Applies the next change that is due. Returns whether there may be another. */
function settleOne(context: Context, id: string, now: number): boolean {
  const subscription = context.store.get("subscription", id);
  const { status, created, latest_invoice: latest } = subscription;
  if (status === "incomplete") {
    if (created + INCOMPLETE_SECONDS > now) return false;
    const invoice = context.store.find("invoice", String(latest));
    if (invoice?.status === "open") voidInvoice(context, invoice);
    const expired = context.store.patch("subscription", subscription, {
      status: "incomplete_expired",
      ended_at: now,
    });
    context.emit("customer.subscription.updated", expired, previousAttributes(subscription, expired));
    return false;
  }
  if (status === "trialing") announceTrialEnd(context, subscription, now);
  if (!RENEWED.has(status) || periodEndOf(subscription) > now) return false;
  if (subscription.cancel_at_period_end) endSubscription(context, subscription, {});
  else renewSubscription(context, subscription);
  return true;
}
