import type Stripe from "stripe";
import { collect, finalizeInvoice } from "../billing/collect-invoice.ts";
import { draftInvoice } from "../billing/draft-invoice.ts";
import { endSubscription, firstPeriodEnd, newItem, paymentMethodOf } from "../billing/subscription.ts";
import { present } from "../present.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { changedItems, linesOf } from "./subscription-items.ts";
import { emptySubscription } from "./subscription-object.ts";
import {
  cancelParameters,
  createParameters,
  listParameters,
  updateParameters,
} from "./subscription-parameters.ts";

const SECONDS_PER_DAY = 86_400;

export const subscriptionEndpoints = [
  endpoint("POST", "/v1/subscriptions", createParameters, create),
  endpoint("GET", "/v1/subscriptions", listParameters, listSubscriptions),
  endpoint("GET", "/v1/subscriptions/:id", {}, ({ context, id }) => context.store.get("subscription", id)),
  endpoint("POST", "/v1/subscriptions/:id", updateParameters, update),
  endpoint("DELETE", "/v1/subscriptions/:id", cancelParameters, cancel),
];

function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Subscription {
  const { store, clock } = context;
  const customer = store.get("customer", parameters.customer, "customer");
  if (parameters.default_payment_method !== undefined) {
    assertMethodOf(context, parameters.default_payment_method, customer.id);
  }
  const lines = linesOf(context, parameters.items);
  const start = clock.now();
  const trialEnd = trialEndOf(parameters, start);
  const id = newId("sub");
  const [firstLine] = lines;
  const items = lines.map((line) => newItem(id, line, start, firstPeriodEnd(line.price, start, trialEnd)));
  const draft: Stripe.Subscription = {
    ...emptySubscription(id, start),
    billing_cycle_anchor: trialEnd ?? start,
    ...(parameters.cancel_at_period_end ? cancellationAt(true, items, start) : {}),
    currency: firstLine?.price.currency ?? "usd",
    customer: customer.id,
    default_payment_method: parameters.default_payment_method ?? null,
    description: parameters.description ?? null,
    items: { object: "list", data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    metadata: changedMetadata({}, parameters.metadata),
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: parameters.payment_settings?.save_default_payment_method ?? "off",
    },
    status: trialEnd === null ? "incomplete" : "trialing",
    test_clock: context.testClock,
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : start,
  };
  const method = paymentMethodOf(context, draft);
  const waits = parameters.payment_behavior === "default_incomplete";
  const due = items.some((item) => (item.price.unit_amount ?? 0) > 0) && trialEnd === null;
  if (due && !waits && method === undefined) {
    throw invalidRequest(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      "resource_missing",
    );
  }
  const subscription = invoiceFirstPeriod(
    context,
    due || trialEnd !== null ? draft : { ...draft, status: "active" },
  );
  const { intent, id: subscriptionId } = subscription;
  if (intent !== undefined && method !== undefined && !waits) {
    collect(context, intent, method, parameters.off_session ?? false);
  }
  return store.get("subscription", subscriptionId);
}

/** Stores the subscription, then finalizes its first invoice: `customer.subscription.created`, the events of the invoice. */
function invoiceFirstPeriod(
  context: Context,
  draft: Stripe.Subscription,
): { id: string; intent: Stripe.PaymentIntent | undefined } {
  const invoice = draftInvoice(context, draft, "subscription_create");
  const subscription = context.store.put("subscription", { ...draft, latest_invoice: invoice.id });
  context.emit("customer.subscription.created", subscription);
  const { intent } = finalizeInvoice(context, invoice, subscription);
  return { id: subscription.id, intent };
}

function listSubscriptions({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const { created, customer, price, status, test_clock: testClock, ...paging } = parameters;
  const isWanted = (subscription: Stripe.Subscription) =>
    // Without either filter, Stripe leaves out what belongs to a test clock.
    (testClock === undefined
      ? customer !== undefined || subscription.test_clock === null
      : subscription.test_clock === testClock) &&
    inRange(subscription.created, created) &&
    (customer === undefined || subscription.customer === customer) &&
    (price === undefined || subscription.items.data.some((item) => item.price.id === price)) &&
    hasStatus(subscription, status);
  return page(context.store.all("subscription").filter(isWanted), paging, path);
}

/** Without a status the list has every subscription that is not canceled. */
function hasStatus(subscription: Stripe.Subscription, status: string | undefined): boolean {
  if (status === "all") return true;
  if (status === undefined) return subscription.status !== "canceled";
  if (status === "ended") return subscription.ended_at !== null;
  return subscription.status === status;
}

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.Subscription {
  const before = context.store.get("subscription", id);
  if (before.ended_at !== null)
    throw invalidRequest("A canceled subscription can only update its metadata and cancellation_details.");
  const {
    items,
    cancel_at_period_end: atPeriodEnd,
    metadata,
    payment_settings: settings,
    default_payment_method: method,
  } = parameters;
  if (typeof method === "string") assertMethodOf(context, method, String(before.customer));
  const changed =
    items === undefined
      ? before.items.data
      : changedItems(context, before, items, parameters.proration_behavior);
  const after = context.store.patch("subscription", before, {
    ...present({ description: parameters.description, default_payment_method: method }),
    ...(atPeriodEnd !== undefined && cancellationAt(atPeriodEnd, changed, context.clock.now())),
    payment_settings: before.payment_settings && { ...before.payment_settings, ...settings },
    items: { ...before.items, data: changed },
    metadata: changedMetadata(before.metadata, metadata),
  });
  context.emit("customer.subscription.updated", after, previousAttributes(before, after));
  return after;
}

function assertMethodOf({ store }: Context, id: string, customer: string): void {
  if (store.get("payment_method", id, "default_payment_method").customer === customer) return;
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    "resource_missing",
    "default_payment_method",
  );
}

function cancellationAt(atPeriodEnd: boolean, items: readonly Stripe.SubscriptionItem[], now: number) {
  const end = Math.min(...items.map((item) => item.current_period_end));
  return {
    cancel_at_period_end: atPeriodEnd,
    cancel_at: atPeriodEnd ? end : null,
    canceled_at: atPeriodEnd ? now : null,
  };
}

function cancel(
  { context, id }: Call,
  { cancellation_details: details }: Parsed<typeof cancelParameters>,
): Stripe.Subscription {
  const subscription = context.store.get("subscription", id);
  if (subscription.ended_at !== null) throw resourceMissing("subscription", id);
  return endSubscription(context, subscription, details ?? {});
}

function trialEndOf(
  { trial_period_days: days, trial_end: end }: Parsed<typeof createParameters>,
  now: number,
): number | null {
  if (days !== undefined && end !== undefined)
    throw invalidRequest("Pass either trial_end or trial_period_days.", undefined, "trial_end");
  if (end !== undefined && end <= now)
    throw invalidRequest("Invalid trial_end: it must be in the future.", undefined, "trial_end");
  return end ?? (days === undefined || days === 0 ? null : now + days * SECONDS_PER_DAY);
}
