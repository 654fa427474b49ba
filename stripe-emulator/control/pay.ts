import type Stripe from "stripe";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import {
  createCardPaymentMethod,
  incorrectNumber,
  resolvePaymentMethod,
} from "../payments/payment-method.ts";
import { passesLuhn } from "../payments/test-cards.ts";
import { ControlInputError, fields, textField } from "../protocol/json-input.ts";
import type { Context } from "../state/context.ts";

/** Confirms an intent as the customer would in a browser: with a card number or a `pm_` id. */
export function pay(emulator: Emulator, body: unknown): Stripe.PaymentIntent {
  const input = fields(body, ["paymentIntent", "card"]);
  const card = textField(input, "card");
  const context = contextFor(emulator);
  const intent = context.store.get("payment_intent", textField(input, "paymentIntent"));
  const method = card.startsWith("pm_")
    ? resolvePaymentMethod(context, card, "card")
    : typedIn(context, card);
  return confirmIntent(context, intent, method, { offSession: false, returnUrl: null });
}

function typedIn(context: Context, card: string): Stripe.PaymentMethod {
  const number = card.replaceAll(/[\s-]/g, "");
  if (!/^\d+$/.test(number)) throw new ControlInputError("card", "a card number or a pm_ id", card);
  if (!passesLuhn(number)) throw incorrectNumber();
  const expiryYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  const details = { number, exp_month: 12, exp_year: expiryYear, cvc: "123" };
  return createCardPaymentMethod(context, { type: "card", card: details }, true);
}
