import type Stripe from "stripe";
import { changeInvoice } from "../payments/settle-invoice.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { collect, issueInvoice } from "./collect-invoice.ts";
import { endExpiredDiscounts } from "./discounts-in-use.ts";
import { draftSubscriptionInvoice } from "./draft-invoice.ts";
import { markUncollectible, voidInvoice } from "./end-invoice.ts";
import { endSubscription } from "./end-subscription.ts";
import { paymentMethodOf } from "./payment-method-of.ts";
import { periodEnd, recurrenceOf } from "./period.ts";
import { periodEndOf } from "./subscription-item.ts";

/** The subscription in its next period, with the draft of the invoice for it. It is not stored yet. */
export interface NextPeriod {
  subscription: Stripe.Subscription;
  draft: Stripe.Invoice;
}

/** Begins the next period of the items whose period is over, and drafts the invoice for it. Emits no event. */
export function beginNextPeriod(context: Context, before: Stripe.Subscription): NextPeriod {
  const over = periodEndOf(before);
  const isDue = (item: Stripe.SubscriptionItem) => item.current_period_end === over;
  const next = (item: Stripe.SubscriptionItem): Stripe.SubscriptionItem => {
    const usual = periodEnd(over, recurrenceOf(item.price), before.billing_cycle_anchor);
    const end =
      before.cancel_at !== null && before.cancel_at > over ? Math.min(usual, before.cancel_at) : usual;
    return { ...item, current_period_start: over, current_period_end: end };
  };
  const items = before.items.data.map((item) => (isDue(item) ? next(item) : item));
  const begun: Stripe.Subscription = {
    ...before,
    status: before.status === "trialing" ? "active" : before.status,
    items: { ...before.items, data: items },
  };
  const dueIds = new Set(before.items.data.filter(isDue).map((item) => item.id));
  const draft = draftSubscriptionInvoice(context, begun, "subscription_cycle", {
    items: items.filter((item) => dueIds.has(item.id)),
    periodStart: Math.min(...before.items.data.filter(isDue).map((item) => item.current_period_start)),
    used: { subscription: before, items: before.items.data.filter(isDue), end: over },
  });
  return { draft, subscription: { ...begun, latest_invoice: draft.id } };
}

/**
 * Begins the next period, and invoices and collects it off session: `customer.subscription.updated`, the invoice's events.
 * At the end of a trial without a payment method, the trial settings decide. A paused collection is not collected.
 */
export function renewSubscription(context: Context, current: Stripe.Subscription): void {
  const { store } = context;
  endExpiredDiscounts(context, current);
  const before = store.get("subscription", current.id);
  const method = paymentMethodOf(context, before);
  const isSent = before.collection_method === "send_invoice";
  const cannotPay = before.status === "trialing" && method === undefined && !isSent;
  const missing = before.trial_settings?.end_behavior.missing_payment_method;
  if (cannotPay && missing === "cancel") {
    endSubscription(context, before, {});
    return;
  }
  if (cannotPay && missing === "pause") {
    pauseSubscription(context, before);
    return;
  }
  const { draft, subscription } = beginNextPeriod(context, before);
  const renewed = store.put("subscription", {
    ...subscription,
    status: cannotPay && draft.amount_due > 0 ? "past_due" : subscription.status,
  });
  context.emit("customer.subscription.updated", renewed, previousAttributes(before, renewed));
  if (renewed.pause_collection !== null) {
    issueWhilePaused(context, draft, renewed.pause_collection.behavior);
    return;
  }
  const { intent } = issueInvoice(context, draft, renewed);
  if (isSent) context.emit("invoice.sent", store.get("invoice", draft.id));
  else if (intent !== undefined && method !== undefined) collect(context, intent, method, true);
}

/** Nothing is billed until the subscription is resumed: `customer.subscription.updated`, `customer.subscription.paused`. */
export function pauseSubscription(context: Context, before: Stripe.Subscription): Stripe.Subscription {
  const paused = context.store.patch("subscription", before, { status: "paused" });
  context.emit("customer.subscription.updated", paused, previousAttributes(before, paused));
  context.emit("customer.subscription.paused", paused);
  return paused;
}

function issueWhilePaused(
  context: Context,
  draft: Stripe.Invoice,
  behavior: Stripe.Subscription.PauseCollection["behavior"],
): void {
  if (behavior === "keep_as_draft") {
    context.emit("invoice.created", context.store.patch("invoice", draft, { auto_advance: false }));
    return;
  }
  const { invoice } = issueInvoice(context, draft);
  if (invoice.status !== "open") return;
  if (behavior === "void") voidInvoice(context, invoice);
  else markUncollectible(context, changeInvoice(context, invoice, { auto_advance: false }));
}
