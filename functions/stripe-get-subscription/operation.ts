/** Returns a subscription as it is at Stripe now. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-get-subscription.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import { subscriptionOutputs } from "../../lib/subscriptions/subscription-outputs.ts";

const parameters: ParametersOf<Inputs> = { subscriptionId: SUBSCRIPTION_IN_ADDRESS };

export const getSubscription: Operation<Inputs, Outputs> = async ({ subscriptionId }, context) =>
  subscriptionOutputs(
    await withStripe(context, parameters, (stripe, options) =>
      stripe.subscriptions.retrieve(subscriptionId, {}, options),
    ),
  );
