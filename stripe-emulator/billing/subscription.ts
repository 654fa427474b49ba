import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { collect, finalizeInvoice } from "./collect-invoice.ts";
import { draftInvoice } from "./draft-invoice.ts";
import { voidInvoice } from "./end-invoice.ts";
import { periodEnd } from "./period.ts";

/** One priced line of a subscription, before it has a period. */
export interface Line {
  price: Stripe.Price;
  quantity: number;
  metadata: Record<string, string>;
}

/** A subscription item whose first period starts at `start` (unix seconds). */
export function newItem(
  subscription: string,
  line: Line,
  start: number,
  end: number,
): Stripe.SubscriptionItem {
  return {
    id: newId("si", 14),
    object: "subscription_item",
    billing_thresholds: null,
    created: start,
    current_period_end: end,
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: line.metadata,
    plan: planOf(line.price),
    price: line.price,
    quantity: line.quantity,
    subscription,
    tax_rates: [],
  };
}

/** The end of the first period, in unix seconds: the end of the trial if there is one. */
export function firstPeriodEnd(price: Stripe.Price, start: number, trialEnd: number | null): number {
  return trialEnd ?? periodEnd(start, price.recurring ?? { interval: "month", interval_count: 1 });
}

/** The method that pays: the default of the subscription, otherwise that of the customer. */
export function paymentMethodOf(
  { store }: Context,
  subscription: Stripe.Subscription,
): Stripe.PaymentMethod | undefined {
  const customer = store.find("customer", String(subscription.customer));
  const id = subscription.default_payment_method ?? customer?.invoice_settings.default_payment_method;
  return typeof id === "string" ? store.find("payment_method", id) : undefined;
}

/** Begins the next period, and invoices and collects it off session: `customer.subscription.updated`, the invoice's events. */
export function renewSubscription(context: Context, before: Stripe.Subscription): void {
  const items = before.items.data.map((item) => ({
    ...item,
    current_period_start: item.current_period_end,
    current_period_end: periodEnd(
      item.current_period_end,
      item.price.recurring ?? { interval: "month", interval_count: 1 },
    ),
  }));
  const begun: Stripe.Subscription = { ...before, status: "active", items: { ...before.items, data: items } };
  const draft = draftInvoice(context, begun, "subscription_cycle");
  const method = paymentMethodOf(context, before);
  const wasInTrial = before.status === "trialing" && method === undefined;
  const renewed = context.store.put("subscription", {
    ...begun,
    status: wasInTrial ? "past_due" : "active",
    latest_invoice: draft.id,
  });
  context.emit("customer.subscription.updated", renewed, previousAttributes(before, renewed));
  const { intent } = finalizeInvoice(context, draft, renewed);
  if (intent !== undefined && method !== undefined) collect(context, intent, method, true);
}

/** Ends the subscription now and voids its open first invoice: `customer.subscription.deleted`. */
export function endSubscription(
  context: Context,
  subscription: Stripe.Subscription,
  details: Partial<Stripe.Subscription.CancellationDetails>,
): Stripe.Subscription {
  const now = context.clock.now();
  const invoice = context.store.find("invoice", String(subscription.latest_invoice));
  if (subscription.status === "incomplete" && invoice?.status === "open") voidInvoice(context, invoice);
  const ended = context.store.patch("subscription", subscription, {
    status: "canceled",
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
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
  return ended;
}

/** The plan of a price. Prices replaced plans, but subscription items still have both. */
function planOf(price: Stripe.Price): Stripe.Plan {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? "licensed",
  };
}
