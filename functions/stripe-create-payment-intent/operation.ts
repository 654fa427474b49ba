/**
 * Creates a payment intent that the payer confirms on the pay page, with any payment method that the account offers.
 */

import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { payUrl } from "../../lib/pay-link/pay-url.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  amount: "amount",
  currency: "currency",
  customerId: "customer",
  metadata: "metadata",
  description: "description",
  receiptEmail: "receipt_email",
  captureMethod: "capture_method",
  saveCard: "setup_future_usage",
  returnUrl: [],
};

/** `amount` is in the currency's smallest unit: cents of a dollar, whole yen. */
export const createPaymentIntent: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { amount, currency, customerId, description, receiptEmail, captureMethod, saveCard, returnUrl } =
    inputs;
  const metadata = stripeMetadata(inputs.metadata);
  const intent = await withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.create(
      {
        amount,
        currency,
        metadata,
        automatic_payment_methods: { enabled: true },
        ...present({ customer: customerId, description, receipt_email: receiptEmail }),
        ...(captureMethod === "manual" ? { capture_method: "manual" } : {}),
        ...(saveCard ? { setup_future_usage: "off_session" } : {}),
      },
      options,
    ),
  );
  if (intent.client_secret === null)
    throw new Problem("BAD_GATEWAY", "Stripe returned a payment intent without a client secret");
  return {
    paymentIntentId: intent.id,
    clientSecret: intent.client_secret,
    status: intent.status,
    payUrl: await payUrl({ objectId: intent.id, ...present({ returnUrl }) }, context),
  };
};
