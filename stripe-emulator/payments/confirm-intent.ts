/** The confirmation of a payment intent: authentication, the charge, its success or decline. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { docUrlOf, invalidRequest, StripeApiError } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { storeCharge } from "./charge.ts";
import { disputeCharge } from "./dispute.ts";
import { assertStatus } from "./intent.ts";
import { attachPaymentMethod } from "./payment-method.ts";
import { invoiceActionRequired, invoicePaid, invoicePaymentFailed } from "./settle-invoice.ts";
import {
  AUTHENTICATION_REQUIRED,
  behaviourOf,
  type CardBehaviour,
  type Decline,
  UNKNOWN_CARD,
} from "./test-cards.ts";

const AUTHENTICATION_FAILED: Decline = {
  code: "payment_intent_authentication_failure",
  message: "The provided PaymentMethod has failed authentication. Provide another one to try again.",
};

const CONFIRMABLE = new Set<string>(["requires_payment_method", "requires_confirmation", "requires_action"]);

export interface Confirmation {
  /** Whether the customer is absent and cannot authenticate. */
  offSession: boolean;
  /** Where the browser goes after the authentication. */
  returnUrl: string | null;
}

/** Confirms with a payment method. For a decline, stores the intent and its events and then throws a 402 `card_error`. */
export function confirmIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  { offSession, returnUrl }: Confirmation,
): Stripe.PaymentIntent {
  assertStatus(intent, "confirm", CONFIRMABLE);
  if (method.customer !== null && method.customer !== intent.customer) {
    throw invalidRequest(
      `The payment method ${method.id} belongs to another customer than this PaymentIntent.`,
      "payment_method_customer_mismatch",
      "payment_method",
    );
  }
  const confirmed = context.store.patch("payment_intent", intent, {
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
  });
  const card = context.store.cardsOnFile.get(method.id);
  const behaviour = behaviourOf(card?.testCard ?? UNKNOWN_CARD);
  const mustAuthenticate =
    behaviour.kind === "authenticates" && !(behaviour.when === "unless_set_up" && card?.setUp);
  if (mustAuthenticate && offSession) {
    throw declineIntent(context, confirmed, method, AUTHENTICATION_REQUIRED, { charged: true });
  }
  if (mustAuthenticate) return requireAction(context, confirmed, returnUrl);
  return chargeIntent(context, confirmed, method, behaviour, false);
}

/** Continues after the customer passed or failed the authentication. Throws like {@link confirmIntent}. */
export function finishAuthentication(
  context: Context,
  intent: Stripe.PaymentIntent,
  passed: boolean,
): Stripe.PaymentIntent {
  assertStatus(intent, "authenticate", new Set(["requires_action"]));
  const method = context.store.get("payment_method", String(intent.payment_method), "payment_method");
  const ready = context.store.patch("payment_intent", intent, { next_action: null });
  if (!passed) throw declineIntent(context, ready, method, AUTHENTICATION_FAILED, { charged: false });
  const card = context.store.cardsOnFile.get(method.id);
  return chargeIntent(context, ready, method, behaviourOf(card?.testCard ?? UNKNOWN_CARD), true);
}

function requireAction(
  context: Context,
  intent: Stripe.PaymentIntent,
  returnUrl: string | null,
): Stripe.PaymentIntent {
  const url = `${context.origin}/_emulator/3ds/${intent.id}`;
  const waiting = context.store.patch("payment_intent", intent, {
    status: "requires_action",
    next_action: { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } },
  });
  context.emit("payment_intent.requires_action", waiting);
  invoiceActionRequired(context, waiting);
  return waiting;
}

/** Charges the method, and throws like {@link confirmIntent} if it is declined. */
export function chargeIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  behaviour: CardBehaviour,
  authenticated: boolean,
): Stripe.PaymentIntent {
  const decline =
    behaviour.kind === "declines"
      ? behaviour.decline
      : behaviour.kind === "authenticates"
        ? behaviour.afterwards
        : undefined;
  if (decline !== undefined) throw declineIntent(context, intent, method, decline, { charged: true });
  const capture = intent.capture_method !== "manual";
  const charge = storeCharge(context, intent, method, { capture, authenticated });
  saveForLater(context, intent, method);
  context.emit("charge.succeeded", charge);
  const paid = context.store.patch("payment_intent", intent, {
    latest_charge: charge.id,
    status: capture ? "succeeded" : "requires_capture",
    amount_received: capture ? intent.amount : 0,
    amount_capturable: capture ? 0 : intent.amount,
  });
  if (capture) {
    context.emit("payment_intent.succeeded", paid);
    invoicePaid(context, paid);
  } else {
    context.emit("payment_intent.amount_capturable_updated", paid);
  }
  if (behaviour.kind === "disputed") disputeCharge(context, charge);
  return paid;
}

/** With `setup_future_usage`, attaches the method to the customer, and later payments need no authentication. */
function saveForLater(context: Context, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  if (intent.setup_future_usage === null) return;
  const card = context.store.cardsOnFile.get(method.id);
  if (card !== undefined) context.store.cardsOnFile.set(method.id, { ...card, setUp: true });
  if (typeof intent.customer === "string") attachPaymentMethod(context, method, intent.customer);
}

/** Returns the intent to `requires_payment_method`. The result is the error for the API to throw. */
export function declineIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  { charged }: { charged: boolean },
): StripeApiError {
  const charge = charged
    ? storeCharge(context, intent, method, { decline, capture: true, authenticated: false })
    : undefined;
  const isCardError = charge !== undefined;
  const error = {
    code: decline.code,
    message: decline.message,
    payment_method: method,
    ...present({
      advice_code: decline.adviceCode,
      decline_code: decline.declineCode,
      param: decline.param,
      charge: charge?.id,
    }),
  };
  const failed = context.store.patch("payment_intent", intent, {
    status: "requires_payment_method",
    payment_method: null,
    latest_charge: charge?.id ?? intent.latest_charge,
    last_payment_error: {
      ...error,
      doc_url: docUrlOf(decline.code),
      type: isCardError ? "card_error" : "invalid_request_error",
    },
  });
  if (charge !== undefined) context.emit("charge.failed", charge);
  context.emit("payment_intent.payment_failed", failed);
  invoicePaymentFailed(context, failed);
  return new StripeApiError(402, { type: "card_error", ...error, payment_intent: failed });
}
