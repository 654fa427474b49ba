/** The request for a session, and which of the caller's fields each of its parameters is made of. Pure. */
import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-create-checkout-session.ts";
import { present } from "../../lib/present.ts";
import { marksOf } from "../../lib/stripe/own-metadata.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf, StripeParameters } from "../../lib/stripe/stripe-parameters.ts";
import type { OrderedPrice } from "./ordered-prices.ts";

const PARAMETERS: ParametersOf<Inputs> = {
  customerId: "customer",
  mode: "mode",
  lines: "line_items",
  amount: "line_items[0][price_data][unit_amount]",
  currency: ["currency", "line_items[0][price_data][currency]"],
  description: "line_items[0][price_data][product_data][name]",
  successUrl: "success_url",
  cancelUrl: "cancel_url",
  trialDays: "subscription_data[trial_period_days]",
  promotionCodes: "allow_promotion_codes",
  allowSecond: [],
  metadata: [
    "metadata",
    "payment_intent_data[metadata]",
    "subscription_data[metadata]",
    "setup_intent_data[metadata]",
  ],
};

/** With a field for each price and quantity, which have other names at Stripe. */
export function parametersOf({ lines = [], amount }: Inputs): StripeParameters {
  const ofLines = lines.flatMap((_line, index) => [
    [`lines.${index}.priceId`, `line_items[${index}][price]`],
    [`lines.${index}.quantity`, `line_items[${index}][quantity]`],
  ]);
  // Stripe refuses a total as a whole.
  const whole = amount === undefined ? {} : { lines: [], amount: ["line_items", PARAMETERS.amount].flat() };
  return { ...PARAMETERS, ...whole, ...Object.fromEntries(ofLines) };
}

/** `mark`: of the call. */
export function sessionRequest(
  inputs: Inputs,
  prices: readonly OrderedPrice[],
  mark: string,
): Stripe.Checkout.SessionCreateParams {
  const { mode, customerId, successUrl, cancelUrl, promotionCodes, allowSecond = false } = inputs;
  const metadata = stripeMetadata(inputs.metadata);
  const marked = { ...metadata, ...marksOf({ mark, isSecond: allowSecond }) };
  const shared = {
    customer: customerId,
    success_url: successUrl,
    ...present({ cancel_url: cancelUrl }),
    ...(promotionCodes ? { allow_promotion_codes: true } : {}),
  };
  switch (mode) {
    case "setup":
      return {
        ...shared,
        mode,
        currency: inputs.currency ?? "usd",
        metadata,
        setup_intent_data: { metadata },
      };
    case "payment":
      return {
        ...shared,
        mode,
        line_items: linesOf(inputs, prices),
        metadata,
        payment_intent_data: { metadata },
      };
    case "subscription":
      return {
        ...shared,
        mode,
        line_items: linesOf(inputs, prices),
        metadata: marked,
        subscription_data: { metadata: marked, ...trialOf(inputs.trialDays) },
      };
  }
}

function linesOf(
  { amount, currency = "usd", description = "Payment" }: Inputs,
  prices: readonly OrderedPrice[],
): Stripe.Checkout.SessionCreateParams.LineItem[] {
  if (amount === undefined)
    return prices.map(({ priceId, quantity }) => ({ price: priceId, ...present({ quantity }) }));
  return [
    {
      price_data: { currency, unit_amount: amount, product_data: { name: description } },
      quantity: 1,
    },
  ];
}

/** A trial whose card is gone at its end ends the subscription: a first invoice that nobody can pay helps nobody. */
function trialOf(trialDays: number | undefined) {
  if (trialDays === undefined) return {};
  return {
    trial_period_days: trialDays,
    trial_settings: { end_behavior: { missing_payment_method: "cancel" as const } },
  };
}
