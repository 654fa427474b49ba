/** Ends a subscription now, or at the end of its period. One that has ended already stays as it is. */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-cancel-subscription.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { hasEnded } from "../../lib/subscriptions/live-subscriptions.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import { isoTimeOf } from "../../lib/untrusted.ts";

const parameters: ParametersOf<Inputs> = {
  subscriptionId: SUBSCRIPTION_IN_ADDRESS,
  when: "cancel_at_period_end",
  prorate: "prorate",
  reason: "cancellation_details[comment]",
};

export const cancelSubscription: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { subscriptionId, when, prorate = false, reason } = inputs;
  const details = reason === undefined ? {} : { cancellation_details: { comment: reason } };
  const retrieve = () =>
    withStripe(context, parameters, (stripe, options) =>
      stripe.subscriptions.retrieve(subscriptionId, {}, options),
    );
  const before = await retrieve();
  if (hasEnded(before.status)) return outputsOf(before);
  try {
    return outputsOf(
      await withStripe(context, parameters, (stripe, options) =>
        when === "now"
          ? stripe.subscriptions.cancel(
              subscriptionId,
              { prorate, invoice_now: prorate, ...details },
              options,
            )
          : stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true, ...details }, options),
      ),
    );
  } catch (thrown) {
    // Stripe has no idempotency for DELETE. If a response is lost, the SDK repeats the request, and Stripe does not find a
    // subscription that has ended: it may have ended by this very call.
    if (!(thrown instanceof Problem) || thrown.code !== "NOT_FOUND") throw thrown;
    const now = await retrieve();
    if (hasEnded(now.status)) return outputsOf(now);
    throw thrown;
  }
};

function outputsOf({ id, status, ended_at: endedAt, cancel_at: cancelAt }: Stripe.Subscription): Outputs {
  const endsAt = isoTimeOf(endedAt ?? cancelAt);
  if (endsAt === undefined)
    throw new Problem("BAD_GATEWAY", "Stripe returned a canceled subscription without the time of its end");
  return { subscriptionId: id, status, endsAt };
}
