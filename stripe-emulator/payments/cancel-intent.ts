import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { unapplyCashBalance } from "./cash-balance.ts";
import { releaseCharge } from "./charge.ts";
import { assertStatus } from "./intent.ts";

const CANCELABLE = new Set([
  ...["requires_payment_method", "requires_capture", "requires_confirmation", "requires_action"],
]);

/**
 * Cancels the intent: `payment_intent.canceled`. An authorization that was not captured is released before:
 * `charge.refunded`. Throws a 400 when its status no longer allows that.
 */
export function cancelIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  assertStatus(intent, "cancel", CANCELABLE);
  if (intent.status === "requires_capture") {
    const held = context.store.get("charge", String(intent.latest_charge));
    const released = releaseCharge(context, held);
    context.emit("charge.refunded", released, previousAttributes(held, released));
  }
  unapplyCashBalance(context, intent);
  return endIntent(context, intent, reason);
}

/** The issuer no longer holds the money: `charge.expired`, `payment_intent.canceled`. */
export function expireHold(context: Context, intent: Stripe.PaymentIntent): void {
  const held = context.store.get("charge", String(intent.latest_charge));
  context.emit("charge.expired", releaseCharge(context, held));
  endIntent(context, intent, "automatic");
}

function endIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
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
