/** One attempt to charge a payment intent: its charge, its success or its decline, and what each leads to. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { docUrlOf, StripeApiError } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { afterPayment } from "./after-payment.ts";
import { orderOf, storeCharge } from "./charge.ts";
import type { Decline } from "./decline.ts";
import { isManual, savesMethod } from "./intent.ts";
import { attachPaymentMethod } from "./payment-method.ts";
import { invoicePaid, invoicePaymentFailed } from "./settle-invoice.ts";
import type { CardBehaviour } from "./test-cards.ts";

/** Charges the method, and throws a 402 if it is declined. */
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
  const capture = method.type !== "card" || !isManual(intent);
  const charge = storeCharge(context, orderOf(intent), method, {
    ...{ result: "succeeded", capture, authenticated },
  });
  saveForLater(context, intent, method);
  context.emit("charge.succeeded", charge);
  if (capture) return succeed(context, intent, charge, behaviour);
  const held = context.store.patch("payment_intent", intent, {
    latest_charge: charge.id,
    next_action: null,
    status: "requires_capture",
    amount_received: 0,
    amount_capturable: intent.amount,
  });
  context.emit("payment_intent.amount_capturable_updated", held);
  return held;
}

/** The money of the charge has arrived: `payment_intent.succeeded`, the invoice's events, what the method leads to. */
export function succeed(
  context: Context,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  behaviour: CardBehaviour,
): Stripe.PaymentIntent {
  const paid = context.store.patch("payment_intent", intent, {
    latest_charge: charge.id,
    next_action: null,
    status: "succeeded",
    amount_received: charge.amount_captured,
    amount_capturable: 0,
  });
  context.emit("payment_intent.succeeded", paid);
  invoicePaid(context, paid);
  afterPayment(context, charge, behaviour);
  return paid;
}

/** With `setup_future_usage`, attaches the method to the customer, and later payments need no authentication. */
export function saveForLater(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): void {
  if (!savesMethod(intent, method)) return;
  const { cardsOnFile } = context.store;
  cardsOnFile.set(method.id, {
    ...(cardsOnFile.get(method.id) ?? { testCard: method.type }),
    setUp: true,
  });
  if (typeof intent.customer === "string") attachPaymentMethod(context, method, intent.customer);
}

/**
 * Returns the intent to `requires_payment_method`: `charge.failed` if a bank was asked, `payment_intent.payment_failed`. The
 * result is the error for the API to throw.
 */
export function declineIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  { charged }: { charged: boolean },
): StripeApiError {
  const charge = charged
    ? storeCharge(context, orderOf(intent), method, { result: decline, capture: true, authenticated: false })
    : undefined;
  return failIntent(context, intent, method, decline, charge);
}

/** Like {@link declineIntent}, with a charge that is stored already. */
export function failIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  charge: Stripe.Charge | undefined,
): StripeApiError {
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
    next_action: null,
    latest_charge: charge?.id ?? intent.latest_charge,
    last_payment_error: {
      ...error,
      doc_url: docUrlOf(decline.code),
      type: charge === undefined ? "invalid_request_error" : "card_error",
    },
  });
  if (charge !== undefined) context.emit("charge.failed", charge);
  context.emit("payment_intent.payment_failed", failed);
  invoicePaymentFailed(context, failed);
  return new StripeApiError(402, { type: "card_error", ...error, payment_intent: failed });
}
