/** Creates a setup intent, with which a customer saves a card on the pay page. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-setup-intent.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { payUrl } from "../../lib/pay-link/pay-url.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = { customerId: "customer", metadata: "metadata", returnUrl: [] };

export const createSetupIntent: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, returnUrl } = inputs;
  const metadata = stripeMetadata(inputs.metadata);
  const intent = await withStripe(context, parameters, (stripe, options) =>
    stripe.setupIntents.create(
      {
        customer: customerId,
        metadata,
        automatic_payment_methods: { enabled: true },
        usage: "off_session",
      },
      options,
    ),
  );
  if (intent.client_secret === null)
    throw new Problem("BAD_GATEWAY", "Stripe returned a setup intent without a client secret");
  return {
    setupIntentId: intent.id,
    clientSecret: intent.client_secret,
    status: intent.status,
    payUrl: await payUrl({ objectId: intent.id, ...present({ returnUrl }) }, context),
  };
};
