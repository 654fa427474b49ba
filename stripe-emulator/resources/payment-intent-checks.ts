/** What must hold for a payment intent besides the kinds of its parameters. */
import type Stripe from "stripe";
import { amountRefusal } from "../protocol/currencies.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";

/** Throws a 400, such as `amount_too_small`, for an amount that cannot be charged in this currency. */
export function assertAmount(amount: number, currencyCode: string): void {
  const refusal = amountRefusal(amount, currencyCode);
  if (refusal !== undefined) throw invalidRequest(refusal.message, refusal.code, "amount");
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

/** Throws a 400 for a parameter that only makes sense when the intent is confirmed at once. */
export function assertOnlyWithConfirm(parameters: Readonly<Record<string, unknown>>): void {
  const names = ["return_url", "off_session", "error_on_requires_action", "mandate_data"];
  const param = names.find((name) => parameters[name] !== undefined);
  if (param === undefined) return;
  throw invalidRequest(
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
