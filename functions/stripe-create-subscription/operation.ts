/**
 * Creates a subscription that becomes active with its first payment (`default_incomplete`), or immediately in a trial.
 * `currentPeriodEnd` is the earliest across the items: since API version 2025-03-31 only items have a period.
 */

import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-subscription.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { earliestPeriodEnd } from "../../lib/stripe/period-end.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  priceId: "items[0][price]",
  trialDays: "trial_period_days",
};

export const createSubscription: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, priceId, trialDays } = inputs;
  const subscription = await withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.create(
      {
        customer: customerId,
        items: [{ price: priceId }],
        payment_behavior: "default_incomplete",
        payment_settings: { save_default_payment_method: "on_subscription" },
        ...present({ trial_period_days: trialDays }),
      },
      options,
    ),
  );
  const currentPeriodEnd = earliestPeriodEnd(subscription.items);
  if (currentPeriodEnd === undefined)
    throw new Problem("BAD_GATEWAY", "Stripe returned a subscription without the end of its current period");
  return { subscriptionId: subscription.id, status: subscription.status, currentPeriodEnd };
};
