import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { assertStatus } from "./intent.ts";

const CANCELABLE = new Set([
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
  "processing",
]);

/** Cancels the intent: `payment_intent.canceled`. Throws a 400 when its status no longer allows that. */
export function cancelIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  assertStatus(intent, "cancel", CANCELABLE);
  const canceled = context.store.patch("payment_intent", intent, {
    status: "canceled",
    canceled_at: context.clock.now(),
    cancellation_reason: reason,
    amount_capturable: 0,
    next_action: null,
  });
  context.emit("payment_intent.canceled", canceled);
  return canceled;
}
