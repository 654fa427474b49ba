/** Money that an intent holds: captured in one or several parts, or increased. */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import { changedMetadata, type MetadataChange } from "../protocol/parameter-kinds.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { captureCharge } from "./charge.ts";
import { succeed } from "./charge-intent.ts";
import { assertStatus } from "./intent.ts";
import { behaviourOf, UNKNOWN_CARD } from "./test-cards.ts";

const HELD = new Set(["requires_capture"]);

interface CaptureRequest {
  /** In the smallest unit; undefined for everything that is held. */
  amount: number | undefined;
  /** Whether what is not captured is released. Otherwise further captures can follow. */
  isFinal: boolean;
  changes: {
    metadata?: MetadataChange;
    statement_descriptor?: string;
    statement_descriptor_suffix?: string;
  };
}

/**
 * Captures held money: `charge.captured`, and `payment_intent.succeeded` with the last capture. Throws a 400 for more than is
 * held, and for several captures of a card that was not asked for them.
 */
export function captureIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  { amount, isFinal, changes: { metadata, ...changes } }: CaptureRequest,
): Stripe.PaymentIntent {
  assertStatus(intent, "capture", HELD);
  const held = intent.amount_capturable;
  const captured = amount ?? held;
  const limit = isOption(intent, "request_overcapture") ? Math.floor(held * 1.2) : held;
  if (captured > limit) {
    const message = `The amount to capture (${captured}) is more than the capturable amount (${held}).`;
    throw invalidRequest(message, "amount_too_large", "amount_to_capture");
  }
  if (!isFinal && !isOption(intent, "request_multicapture")) {
    throw invalidRequest(
      "final_capture can only be false for a PaymentIntent that was confirmed with payment_method_options[card][request_multicapture]=if_available.",
      "payment_intent_invalid_parameter",
      "final_capture",
    );
  }
  const before = context.store.get("charge", String(intent.latest_charge));
  const labelled = {
    ...before,
    ...changes,
    amount: Math.max(before.amount, before.amount_captured + captured),
  };
  const isLast = isFinal || captured >= held;
  const charge = captureCharge(context, labelled, captured, isLast);
  const labelledIntent = context.store.patch("payment_intent", intent, {
    ...changes,
    metadata: changedMetadata(intent.metadata, metadata),
  });
  context.emit("charge.captured", charge, previousAttributes(before, charge));
  const onFile = context.store.cardsOnFile.get(String(intent.payment_method));
  if (isLast) {
    return succeed(context, labelledIntent, charge, behaviourOf(onFile?.testCard ?? UNKNOWN_CARD));
  }
  const partly = context.store.patch("payment_intent", labelledIntent, {
    amount_capturable: held - captured,
    amount_received: charge.amount_captured,
  });
  context.emit("payment_intent.amount_capturable_updated", partly);
  return partly;
}

/**
 * Increases what the intent holds to `amount`, in the smallest unit: `payment_intent.amount_capturable_updated`. Throws a 400
 * for a smaller amount, and for a card that was not asked for it.
 */
export function incrementHold(
  context: Context,
  intent: Stripe.PaymentIntent,
  amount: number,
  changes: Pick<Partial<Stripe.PaymentIntent>, "description" | "metadata" | "statement_descriptor">,
): Stripe.PaymentIntent {
  assertStatus(intent, "increment the authorization of", HELD);
  if (!isOption(intent, "request_incremental_authorization")) {
    throw invalidRequest(
      "This PaymentIntent is not eligible for incremental authorizations: confirm it with payment_method_options[card][request_incremental_authorization]=if_available.",
      "payment_intent_invalid_parameter",
    );
  }
  if (amount <= intent.amount) {
    const message = `The amount must be greater than the one that is authorized (${intent.amount}).`;
    throw invalidRequest(message, "payment_intent_invalid_parameter", "amount");
  }
  const charge = context.store.get("charge", String(intent.latest_charge));
  const { card, ...details } = charge.payment_method_details ?? { type: "card" };
  context.store.patch("charge", charge, {
    amount,
    payment_method_details: { ...details, ...(card && { card: { ...card, amount_authorized: amount } }) },
  });
  const increased = context.store.patch("payment_intent", intent, {
    ...changes,
    amount,
    amount_capturable: intent.amount_capturable + amount - intent.amount,
  });
  context.emit("payment_intent.amount_capturable_updated", increased);
  return increased;
}

function isOption(
  { payment_method_options: options }: Stripe.PaymentIntent,
  name: "request_incremental_authorization" | "request_multicapture" | "request_overcapture",
): boolean {
  return options?.card?.[name] === "if_available";
}
