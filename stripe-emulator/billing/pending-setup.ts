import type Stripe from "stripe";
import { newSetupIntent } from "../payments/setup-intent.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { paymentMethodOf } from "./payment-method-of.ts";

/**
 * Gives a subscription that begins without a payment, and has no payment method yet, a setup intent to save one:
 * `setup_intent.created`. Its success makes that the subscription's payment method.
 */
export function withPendingSetup(context: Context, subscription: Stripe.Subscription): Stripe.Subscription {
  const { collection_method: collection, status } = subscription;
  const isUnpaid = status === "trialing" || status === "active";
  if (!isUnpaid || collection === "send_invoice") return subscription;
  if (paymentMethodOf(context, subscription) !== undefined) return subscription;
  const intent = context.store.put(
    "setup_intent",
    newSetupIntent(context, { customer: subscription.customer, usage: "off_session" }),
  );
  context.emit("setup_intent.created", intent);
  return context.store.patch("subscription", subscription, { pending_setup_intent: intent.id });
}

/** After a setup intent has succeeded: its method pays the subscription that waits for it. `customer.subscription.updated` */
export function followWithPendingSetup(context: Context, type: string, object: object): void {
  if (type !== "setup_intent.succeeded" || !("id" in object)) return;
  const intent = context.store.find("setup_intent", String(object.id));
  const before = context.store.all("subscription").find((found) => found.pending_setup_intent === object.id);
  if (intent === undefined || before === undefined || before.ended_at !== null) return;
  const after = context.store.patch("subscription", before, {
    default_payment_method: intent.payment_method,
    pending_setup_intent: null,
  });
  context.emit("customer.subscription.updated", after, previousAttributes(before, after));
}
