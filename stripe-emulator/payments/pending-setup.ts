/**
 * The setup intent of a subscription that begins without a payment, such as with a trial: with it, the customer saves the
 * method that pays later. https://docs.stripe.com/api/subscriptions/object#subscription_object-pending_setup_intent
 */
import type Stripe from "stripe";
import { present } from "../present.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { newSetupIntent } from "./setup-intent.ts";

/** `setup_intent.created` */
export function beginPendingSetup(context: Context, subscription: Stripe.Subscription): Stripe.Subscription {
  const { customer } = subscription;
  const intent = context.store.put("setup_intent", newSetupIntent(context, { customer }));
  context.emit("setup_intent.created", intent);
  return context.store.patch("subscription", subscription, { pending_setup_intent: intent.id });
}

/** Gives the saved method to the subscription that waits for it, if there is one: `customer.subscription.updated`. */
export function endPendingSetup(context: Context, intent: Stripe.SetupIntent, methodId: string): void {
  const before = context.store
    .all("subscription")
    .find((subscription) => subscription.pending_setup_intent === intent.id);
  if (before === undefined) return;
  const saves = before.payment_settings?.save_default_payment_method === "on_subscription";
  const after = context.store.patch("subscription", before, {
    pending_setup_intent: null,
    ...present({ default_payment_method: saves ? methodId : undefined }),
  });
  context.emit("customer.subscription.updated", after, previousAttributes(before, after));
}
