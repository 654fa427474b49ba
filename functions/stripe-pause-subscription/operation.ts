/** Stops collecting the payments of a subscription: invoices of the time of the pause are void, and never to be paid. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-pause-subscription.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { invalidField, Problem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { hasEnded, isBegun } from "../../lib/subscriptions/live-subscriptions.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import { isoTimeOf } from "../../lib/untrusted.ts";

const parameters: ParametersOf<Inputs> = {
  subscriptionId: SUBSCRIPTION_IN_ADDRESS,
  resumesAt: "pause_collection[resumes_at]",
};

/** Throws CONFLICT for a subscription that has ended, or has not begun. A second pause replaces the time of the first. */
export const pauseSubscription: Operation<Inputs, Outputs> = async (
  { subscriptionId, resumesAt },
  context,
) => {
  const resumes = resumesAt === undefined ? undefined : Math.floor(Date.parse(resumesAt) / 1000);
  if (resumes !== undefined && resumes * 1000 <= context.now().getTime())
    throw invalidField("resumesAt", "must be in the future");
  const before = await withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.retrieve(subscriptionId, {}, options),
  );
  if (hasEnded(before.status) || !isBegun(before)) {
    const message = `cannot be paused: it is ${before.status}`;
    throw new Problem("CONFLICT", `subscriptionId ${message}`, {
      issues: [{ path: "subscriptionId", message }],
    });
  }
  const paused = await withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.update(
      subscriptionId,
      { pause_collection: { behavior: "void", ...present({ resumes_at: resumes }) } },
      options,
    ),
  );
  return {
    subscriptionId: paused.id,
    status: paused.status,
    ...present({ pausedUntil: isoTimeOf(paused.pause_collection?.resumes_at) }),
  };
};
