import type Stripe from "stripe";
import { StripeApiError } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { type ChangedSubscription, type ChangeTerms, makeChange } from "./change-subscription.ts";
import { collect, intentOf, issueInvoice } from "./collect-invoice.ts";
import { paymentMethodOf } from "./payment-method-of.ts";

/** Stripe gives the payment of a pending update 23 hours. */
const PENDING_SECONDS = 23 * 60 * 60;

export type PaymentBehavior =
  | "allow_incomplete"
  | "default_incomplete"
  | "error_if_incomplete"
  | "pending_if_incomplete";

/**
 * Changes a subscription and bills the change: its invoice is finalized and collected, if there is one. `payment` says what
 * a failed payment means. Returns the subscription. Throws a 402 with `error_if_incomplete`; then nothing has changed.
 */
export function billChange(
  context: Context,
  before: Stripe.Subscription,
  wanted: Stripe.Subscription,
  terms: ChangeTerms,
  { payment, offSession }: { payment: PaymentBehavior; offSession: boolean },
): Stripe.Subscription {
  if (payment === "error_if_incomplete") {
    return allOrNothing(context, (copy) => {
      const { error, subscription } = change(copy, before, wanted, terms, offSession);
      if (error !== undefined) throw error;
      return subscription;
    });
  }
  if (payment === "pending_if_incomplete") return changeOncePaid(context, before, wanted, terms, offSession);
  if (payment === "default_incomplete") {
    const { draft, subscription } = makeChange(context, before, wanted, terms);
    const intent = draft && issueInvoice(context, draft, subscription).intent;
    return intent === undefined ? latest(context, before) : pastDue(context, latest(context, before));
  }
  return change(context, before, wanted, terms, offSession).subscription;
}

function change(
  context: Context,
  before: Stripe.Subscription,
  wanted: Stripe.Subscription,
  terms: ChangeTerms,
  offSession: boolean,
): { subscription: Stripe.Subscription; error: StripeApiError | undefined } {
  const changed = makeChange(context, before, wanted, terms);
  const error = billNow(context, changed, offSession);
  const subscription = latest(context, before);
  return { error, subscription: error === undefined ? subscription : pastDue(context, subscription) };
}

/** Issues the invoice of a change and collects it. Returns why the payment failed. */
export function billNow(
  context: Context,
  { draft, subscription }: ChangedSubscription,
  offSession: boolean,
): StripeApiError | undefined {
  if (draft === undefined) return undefined;
  const { intent } = issueInvoice(context, draft, subscription);
  if (intent === undefined || subscription.collection_method === "send_invoice") return undefined;
  const method = paymentMethodOf(context, subscription);
  if (method === undefined) return noPaymentMethod();
  const error = collect(context, intent, method, offSession);
  if (error !== undefined) return error;
  const { status } = context.store.get("payment_intent", intent.id);
  return status === "requires_action" ? needsAction() : undefined;
}

/** Changes only when the payment succeeds. Until then the subscription has the change as its `pending_update`. */
function changeOncePaid(
  context: Context,
  before: Stripe.Subscription,
  wanted: Stripe.Subscription,
  terms: ChangeTerms,
  offSession: boolean,
): Stripe.Subscription {
  const { store, clock } = context;
  try {
    return allOrNothing(context, (copy) => {
      const { error, subscription } = change(copy, before, wanted, terms, offSession);
      if (error !== undefined) throw error;
      return subscription;
    });
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.status !== 402) throw error;
  }
  // Again with its invoice, which stays open: only its payment brings the change about.
  const { subscription: changed, draft } = makeChange(quiet(context), before, wanted, terms);
  const pending = store.put("subscription", {
    ...before,
    latest_invoice: changed.latest_invoice,
    pending_update: {
      billing_cycle_anchor:
        changed.billing_cycle_anchor === before.billing_cycle_anchor ? null : changed.billing_cycle_anchor,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: clock.now() + PENDING_SECONDS,
      metadata: null,
      subscription_items: changed.items.data,
      trial_end: changed.trial_end === before.trial_end ? null : changed.trial_end,
      trial_from_plan: null,
    },
  });
  context.emit("customer.subscription.updated", pending, previousAttributes(before, pending));
  billNow(context, { draft, subscription: pending }, offSession);
  return latest(context, before);
}

/** Without the event of a change that has not come about yet. */
function quiet(context: Context): Context {
  return {
    ...context,
    emit: (type, object, previous) => {
      if (type !== "customer.subscription.updated") context.emit(type, object, previous);
    },
  };
}

function latest({ store }: Context, { id }: Stripe.Subscription): Stripe.Subscription {
  return store.get("subscription", id);
}

function pastDue(context: Context, subscription: Stripe.Subscription): Stripe.Subscription {
  if (subscription.status !== "active") return subscription;
  const invoice = String(subscription.latest_invoice);
  if (intentOf(context, invoice)?.status === "succeeded") return subscription;
  const after = context.store.patch("subscription", subscription, { status: "past_due" });
  context.emit("customer.subscription.updated", after, previousAttributes(subscription, after));
  return after;
}

/** A 402: the customer has to authenticate the payment. */
function needsAction(): StripeApiError {
  const message =
    "Payment for this subscription requires additional user action before it can be completed successfully.";
  return new StripeApiError(402, {
    type: "card_error",
    code: "subscription_payment_intent_requires_action",
    message,
  });
}

function noPaymentMethod(): StripeApiError {
  const message =
    "This customer has no attached payment source or default payment method. Please consider adding a default payment method.";
  return new StripeApiError(402, { type: "card_error", code: "resource_missing", message });
}
