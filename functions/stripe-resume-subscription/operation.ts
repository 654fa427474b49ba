/**
 * Lets a subscription go on: withdraws its scheduled cancellation, collects its payments again, and resumes it if Stripe has
 * paused it at the end of a trial without a card. A subscription that goes on already stays as it is.
 */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-resume-subscription.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { hasEnded } from "../../lib/subscriptions/live-subscriptions.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import { periodEndOf } from "../../lib/subscriptions/subscription-outputs.ts";

const parameters: ParametersOf<Inputs> = { subscriptionId: SUBSCRIPTION_IN_ADDRESS };

/** Throws CONFLICT for a subscription that has ended: nothing brings it back. */
export const resumeSubscription: Operation<Inputs, Outputs> = async ({ subscriptionId }, context) => {
  const before = await withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.retrieve(subscriptionId, {}, options),
  );
  if (hasEnded(before.status)) {
    const message = `has ended (${before.status}); create a new subscription`;
    throw new Problem("CONFLICT", `subscriptionId ${message}`, {
      issues: [{ path: "subscriptionId", message }],
    });
  }
  const continued = await unpaused(await uncanceled(before, context), context);
  return {
    subscriptionId: continued.id,
    status: continued.status,
    currentPeriodEnd: periodEndOf(continued),
  };
};

/** With neither a cancellation nor a pause of collection. */
async function uncanceled(
  before: Stripe.Subscription,
  context: OperationContext,
): Promise<Stripe.Subscription> {
  const changes: Stripe.SubscriptionUpdateParams = {
    ...(before.cancel_at_period_end ? { cancel_at_period_end: false } : {}),
    ...(before.cancel_at !== null && !before.cancel_at_period_end ? { cancel_at: "" } : {}),
    ...(before.pause_collection === null ? {} : { pause_collection: "" }),
  };
  if (Object.keys(changes).length === 0) return before;
  return withStripe(
    context,
    parameters,
    (stripe, options) => stripe.subscriptions.update(before.id, changes, options),
    "update",
  );
}

async function unpaused(
  before: Stripe.Subscription,
  context: OperationContext,
): Promise<Stripe.Subscription> {
  if (before.status !== "paused") return before;
  return withStripe(
    context,
    parameters,
    (stripe, options) =>
      stripe.subscriptions.resume(before.id, { billing_cycle_anchor: { type: "now" } }, options),
    "resume",
  );
}
