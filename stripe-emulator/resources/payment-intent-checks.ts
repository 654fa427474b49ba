/** What must hold for a payment intent besides the kinds of its parameters. */
import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";

/** The smallest charge in the smallest unit of each currency; 50 of all others. */
const MIN_AMOUNTS: Readonly<Record<string, number>> = {
  ...{ aed: 200, aud: 50, brl: 50, cad: 50, chf: 50, czk: 1500, dkk: 250, eur: 50, gbp: 30, hkd: 400 },
  ...{ huf: 17500, inr: 50, jpy: 50, mxn: 1000, myr: 200, nok: 300, nzd: 50, pln: 200, ron: 200, sek: 300 },
  ...{ sgd: 50, usd: 50 },
};

/** Throws `amount_too_small` for an amount under the currency's minimum. */
export function assertAmount(amount: number, currencyCode: string): void {
  const minimum = MIN_AMOUNTS[currencyCode] ?? 50;
  if (amount >= minimum) return;
  const message = `Amount must be at least ${minimum} ${currencyCode} (in the smallest unit of the currency).`;
  throw invalidRequest(message, "amount_too_small", "amount");
}

/** A browser proves with the client secret that it was given this intent. Throws a 400 without it and a 404 for a wrong one. */
export function assertClientSecret(
  intent: Stripe.PaymentIntent,
  secret: string | undefined,
  publishable: boolean,
): void {
  if (publishable && secret === undefined) {
    throw invalidRequest("Missing required param: client_secret.", "parameter_missing", "client_secret");
  }
  if (secret !== undefined && secret !== intent.client_secret) {
    throw resourceMissing("payment_intent", intent.id, "intent");
  }
}

/** Throws a 400 when a server confirms without a `return_url` although the payment method may redirect the customer. */
export function assertReturnUrl(intent: Stripe.PaymentIntent, returnUrl: string | undefined): void {
  if (returnUrl !== undefined || intent.automatic_payment_methods?.allow_redirects === "never") return;
  throw invalidRequest(
    "This PaymentIntent accepts payment methods that may redirect your customer: provide a `return_url`, or set " +
      "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating it.",
  );
}

export function onlyWithConfirm(param: string): Error {
  return invalidRequest(
    `The parameter ${param} cannot be passed when creating a PaymentIntent unless confirm is set to true.`,
    undefined,
    param,
  );
}

export function missingPaymentMethod(): Error {
  return invalidRequest(
    "You cannot confirm this PaymentIntent because it's missing a payment method. Update it with a payment method, or pass payment_method or payment_method_data.",
    "payment_intent_unexpected_state",
  );
}
