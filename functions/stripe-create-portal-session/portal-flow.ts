/** The one thing that a customer is sent to the portal for. */
import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-create-portal-session.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { customerNow } from "../../lib/customers/find-customer.ts";
import { invalidField, missingObject, Problem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { StripeParameters } from "../../lib/stripe/stripe-parameters.ts";
import { isBegun, liveSubscriptions } from "../../lib/subscriptions/live-subscriptions.ts";

type Flow = Stripe.BillingPortal.SessionCreateParams.FlowData;

/**
 * Undefined if the customer chooses. Throws NOT_FOUND for a subscription of somebody else, CONFLICT for a customer without a
 * subscription, and VALIDATION_FAILED for one with several of which none is named.
 */
export async function portalFlow(
  inputs: Inputs,
  parameters: StripeParameters,
  context: OperationContext,
): Promise<Flow | undefined> {
  const { flow, returnUrl } = inputs;
  if (flow === undefined) return undefined;
  const back = { after_completion: { type: "redirect" as const, redirect: { return_url: returnUrl } } };
  if (flow === "payment-method") return { ...back, type: "payment_method_update" };
  const subscription = await subscriptionOf(inputs, parameters, context);
  return flow === "cancel"
    ? { ...back, type: "subscription_cancel", subscription_cancel: { subscription } }
    : { ...back, type: "subscription_update", subscription_update: { subscription } };
}

async function subscriptionOf(
  { customerId, subscriptionId, flow }: Inputs,
  parameters: StripeParameters,
  context: OperationContext,
): Promise<string> {
  if (subscriptionId !== undefined) {
    const owner = await customerOfObject("subscriptions", subscriptionId, "subscriptionId", context);
    if (owner !== customerId) throw missingObject("subscriptionId");
    return subscriptionId;
  }
  const live = await liveSubscriptions((after) =>
    withStripe(context, parameters, (stripe, options) =>
      stripe.subscriptions.list(
        { customer: customerId, limit: 100, ...present({ starting_after: after }) },
        options,
      ),
    ),
  );
  const [only, ...others] = live.filter(isBegun);
  if (only === undefined) {
    // Stripe lists nothing for a customer that does not exist, too.
    if ((await customerNow(customerId, context)) === undefined)
      throw invalidField("customerId", "does not exist at Stripe");
    const message = `needs a subscription to ${flow}, and the customer has none`;
    throw new Problem("CONFLICT", `flow ${message}`, { issues: [{ path: "flow", message }] });
  }
  if (others.length === 0) return only.id;
  throw invalidField("subscriptionId", `is required: the customer has ${others.length + 1} subscriptions`);
}
