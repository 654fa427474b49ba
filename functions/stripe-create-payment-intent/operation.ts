/**
 * Creates a payment intent that the payer confirms on the pay page, with any payment method that the account offers.
 */

import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  amount: "amount",
  currency: "currency",
  customerId: "customer",
  metadata: "metadata",
};

/** `amount` is in the currency's smallest unit: cents of a dollar, whole yen. */
export const createPaymentIntent: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { amount, currency, customerId } = inputs;
  const metadata = stripeMetadata(inputs.metadata);
  const intent = await withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.create(
      {
        amount,
        currency,
        metadata,
        automatic_payment_methods: { enabled: true },
        ...present({ customer: customerId }),
      },
      options,
    ),
  );
  if (intent.client_secret === null)
    throw new Problem("BAD_GATEWAY", "Stripe returned a payment intent without a client secret");
  return { paymentIntentId: intent.id, clientSecret: intent.client_secret, status: intent.status };
};
