import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { voidInvoice } from "./end-invoice.ts";
import { endSubscription, renewSubscription } from "./subscription.ts";

/** Stripe gives the first payment 23 hours. https://docs.stripe.com/billing/subscriptions/overview */
const INCOMPLETE_SECONDS = 23 * 60 * 60;
const NOTICE_SECONDS = 3 * 24 * 60 * 60;

/**
 * Brings all subscriptions up to the time of the clock: first payments that are overdue, the ends of trials and periods,
 * cancellations at the end of a period. Each period that has passed is invoiced.
 */
export function catchUp(context: Context): void {
  const now = context.clock.now();
  for (const { id } of context.store.all("subscription")) {
    let due = true;
    while (due) due = settleOne(context, id, now);
  }
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
  const periodEnd = Math.min(...subscription.items.data.map((item) => item.current_period_end));
  if ((status !== "active" && status !== "trialing") || periodEnd > now) return false;
  if (subscription.cancel_at_period_end) endSubscription(context, subscription, {});
  else renewSubscription(context, subscription);
  return true;
}
