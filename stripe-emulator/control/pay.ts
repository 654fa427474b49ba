import type Stripe from "stripe";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { incorrectNumber } from "../payments/card-errors.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { confirmSetup } from "../payments/confirm-setup.ts";
import { isWaitingMethod, WAITING_METHODS } from "../payments/next-actions.ts";
import { createPaymentMethod, resolvePaymentMethod } from "../payments/payment-method.ts";
import { passesLuhn } from "../payments/test-cards.ts";
import { endWaiting, startWaitingFor } from "../payments/waiting-methods.ts";
import { ControlInputError, type Fields, fields, textField } from "../protocol/json-input.ts";
import type { Context } from "../state/context.ts";

/** Confirms an intent as the customer would in a browser: with a card number or a `pm_` id. */
export function pay(emulator: Emulator, body: unknown): Stripe.PaymentIntent {
  const input = fields(body, ["paymentIntent", "card"]);
  const card = textField(input, "card");
  const { context, intent } = paymentOf(emulator, input);
  return confirmIntent(context, intent, methodOf(context, card), { offSession: false, returnUrl: null });
}

/** Confirms a setup intent as the customer would in a browser: saves a card number or a `pm_` id. */
export function setup(emulator: Emulator, body: unknown): Stripe.SetupIntent {
  const input = fields(body, ["setupIntent", "card"]);
  const card = textField(input, "card");
  const id = textField(input, "setupIntent");
  const context = contextFor(emulator, undefined, [id]);
  const intent = context.store.get("setup_intent", id);
  return confirmSetup(context, intent, methodOf(context, card), { returnUrl: null });
}

/**
 * Confirms an intent with a payment method for which it then waits; `nextAction` is for a kind of waiting that the
 * emulator does not know.
 */
export function wait(emulator: Emulator, body: unknown): Stripe.PaymentIntent {
  const input = fields(body, ["paymentIntent", "method", "nextAction"]);
  const method = input.method === undefined ? "oxxo" : textField(input, "method");
  if (!isWaitingMethod(method))
    throw new ControlInputError("method", `one of ${WAITING_METHODS.join(", ")}`, method);
  const { nextAction } = input;
  const isAction = typeof nextAction === "object" && nextAction !== null;
  const type = isAction && "type" in nextAction ? nextAction.type : undefined;
  if (nextAction !== undefined && typeof type !== "string")
    throw new ControlInputError("nextAction", "an object with a type", nextAction);
  const { context, intent } = paymentOf(emulator, input);
  const given = typeof type === "string" && isAction ? { ...nextAction, type } : undefined;
  return startWaitingFor(context, intent, method, given);
}

/** Ends the waiting of an intent: the customer has paid elsewhere, or has let the time pass. */
export function settle(emulator: Emulator, body: unknown): Stripe.PaymentIntent {
  const input = fields(body, ["paymentIntent", "outcome"]);
  const outcome = textField(input, "outcome");
  if (outcome !== "paid" && outcome !== "expired" && outcome !== "failed")
    throw new ControlInputError("outcome", "paid, expired or failed", outcome);
  const { context, intent } = paymentOf(emulator, input);
  return endWaiting(context, intent, outcome);
}

/** The intent that the body names, with the context of its time. */
function paymentOf(emulator: Emulator, input: Fields): { context: Context; intent: Stripe.PaymentIntent } {
  const id = textField(input, "paymentIntent");
  const context = contextFor(emulator, undefined, [id]);
  return { context, intent: context.store.get("payment_intent", id) };
}

/** The payment method with this `pm_` id, or a new one with this card number. */
export function methodOf(context: Context, card: string): Stripe.PaymentMethod {
  return card.startsWith("pm_") ? resolvePaymentMethod(context, card, "card") : typedIn(context, card);
}

function typedIn(context: Context, card: string): Stripe.PaymentMethod {
  const number = card.replaceAll(/[\s-]/g, "");
  if (!/^\d+$/.test(number)) throw new ControlInputError("card", "a card number or a pm_ id", card);
  if (!passesLuhn(number)) throw incorrectNumber();
  const expiryYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  const details = { number, exp_month: 12, exp_year: expiryYear, cvc: "123" };
  return createPaymentMethod(context, { type: "card", card: details }, true);
}
