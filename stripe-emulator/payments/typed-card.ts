import type Stripe from "stripe";
import { StripeApiError } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { methodCardOf } from "./card-details.ts";
import { cardError } from "./card-errors.ts";
import { testCardByNumber, UNKNOWN_CARD } from "./test-cards.ts";

/** The card that was typed in. Throws a 402 when it cannot exist or has expired. */
export function cardFrom(
  { clock }: Context,
  given: { number: string; exp_month: number; exp_year: number; cvc?: string },
): { card: Stripe.PaymentMethod.Card; testCard: string } {
  const now = new Date(clock.now() * 1000);
  const { number, exp_month: expMonth, cvc } = given;
  const expYear = given.exp_year < 100 ? 2000 + given.exp_year : given.exp_year;
  if (expMonth < 1 || expMonth > 12) {
    throw cardError("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  }
  if (expYear * 12 + expMonth < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1 || expYear > 2100) {
    throw cardError("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
  }
  if (cvc !== undefined && !/^\d{3,4}$/.test(cvc)) {
    throw cardError("invalid_cvc", "Your card's security code is invalid.", "cvc");
  }
  const testCard = testCardByNumber(number);
  const card = methodCardOf({ number, expMonth, expYear, testCard, hasCvc: cvc !== undefined });
  return { card, testCard: testCard?.name ?? UNKNOWN_CARD };
}

/** A 402 for a card number that did not come from a browser. */
export function unsafeNumber(): StripeApiError {
  const message =
    "Sending card numbers with a secret key is unsafe: use Stripe.js with a publishable key, or a test payment method such as pm_card_visa.";
  return new StripeApiError(402, { type: "invalid_request_error", message });
}
