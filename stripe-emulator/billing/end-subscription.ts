import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { billNow } from "./bill-change.ts";
import { intentOf } from "./collect-invoice.ts";
import { draftSubscriptionInvoice } from "./draft-invoice.ts";
import { voidInvoice } from "./end-invoice.ts";
import { pendingItems } from "./invoice-item.ts";
import { creditUnusedTime } from "./proration.ts";
import { isMetered } from "./subscription-item.ts";

/** What happens to the money when a subscription is canceled. */
export interface Ending {
  /** Credits the time that was billed and will not be used. */
  prorate?: boolean | undefined;
  /** Invoices what is pending, now. */
  invoiceNow?: boolean | undefined;
}

/**
 * Ends the subscription now and voids its open first invoice, unless a bank is processing the payment, which cannot be canceled:
 * `customer.subscription.deleted`.
 */
export function endSubscription(
  context: Context,
  subscription: Stripe.Subscription,
  details: Partial<Stripe.Subscription.CancellationDetails>,
  { prorate = false, invoiceNow = false }: Ending = {},
): Stripe.Subscription {
  const { store } = context;
  const now = context.clock.now();
  const invoice = store.find("invoice", String(subscription.latest_invoice));
  const isOpen = subscription.status === "incomplete" && invoice?.status === "open";
  if (isOpen && intentOf(context, invoice.id)?.status !== "processing") voidInvoice(context, invoice);
  if (prorate) {
    for (const item of subscription.items.data) creditUnusedTime(context, subscription, item, now);
  }
  const draft = invoiceNow ? draftFinalInvoice(context, subscription) : undefined;
  const ended = store.put("subscription", {
    ...store.get("subscription", subscription.id),
    status: "canceled",
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
    latest_invoice: draft?.id ?? subscription.latest_invoice,
    pending_update: null,
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      ...subscription.cancellation_details,
      reason: "cancellation_requested",
      ...details,
    },
  });
  context.emit("customer.subscription.deleted", ended);
  billNow(context, { draft, subscription: ended }, true);
  return store.get("subscription", subscription.id);
}

/** The draft of what is pending when a subscription ends, and of what was used; undefined if nothing can be due. */
export function draftFinalInvoice(
  context: Context,
  subscription: Stripe.Subscription,
): Stripe.Invoice | undefined {
  const { id, currency, customer } = subscription;
  const pending = pendingItems(context.store, { customer: String(customer), currency, subscription: id });
  const metered = subscription.items.data.filter(({ price }) => isMetered(price));
  if (pending.length === 0 && metered.length === 0) return undefined;
  return draftSubscriptionInvoice(context, subscription, "subscription_update", {
    items: [],
    used: { subscription, items: metered, end: context.clock.now() },
  });
}
