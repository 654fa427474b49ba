import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { billNow } from "./bill-change.ts";
import { draftSubscriptionInvoice } from "./draft-invoice.ts";
import { periodAt, recurrenceOf } from "./period.ts";
import { debitRemainingTime } from "./proration.ts";

/** How a paused subscription goes on. */
export interface Resumption {
  /** Whether a new period begins now; otherwise the periods go on as if there had been no pause. */
  startsPeriod: boolean;
  /** Whether the rest of the current period is charged; only for periods that go on. */
  prorates: boolean;
  /** From when on it is charged, in unix seconds. */
  from: number;
}

/**
 * Invoices what a paused subscription costs from now on. When that is paid, or nothing is due, the subscription is active:
 * `customer.subscription.updated`, `customer.subscription.resumed`. Until then it stays paused.
 */
export function resumeSubscription(
  context: Context,
  before: Stripe.Subscription,
  { startsPeriod, prorates, from }: Resumption,
): Stripe.Subscription {
  const { store } = context;
  const now = context.clock.now();
  const anchor = startsPeriod ? now : before.billing_cycle_anchor;
  const items = before.items.data.map((item) => {
    const { start, end } = periodAt(anchor, now, recurrenceOf(item.price));
    return { ...item, current_period_start: start, current_period_end: end };
  });
  const begun: Stripe.Subscription = {
    ...before,
    billing_cycle_anchor: anchor,
    items: { ...before.items, data: items },
  };
  if (!startsPeriod && prorates) {
    for (const item of items) debitRemainingTime(context, begun, item, from, item.current_period_end);
  }
  const draft = draftSubscriptionInvoice(context, begun, "subscription_update", {
    items: startsPeriod ? items : [],
  });
  const waiting = store.put("subscription", { ...begun, latest_invoice: draft.id });
  const previous = previousAttributes(before, waiting);
  context.emit("customer.subscription.updated", waiting, previous);
  billNow(context, { draft, subscription: waiting }, true);
  const billed = store.get("subscription", before.id);
  if (billed.status !== "paused" || store.get("invoice", draft.id).status === "open") return billed;
  const active = store.patch("subscription", billed, { status: "active" });
  context.emit("customer.subscription.updated", active, previousAttributes(billed, active));
  context.emit("customer.subscription.resumed", active);
  return active;
}
