/** Creates a page of Stripe on which a customer manages subscriptions, cards and invoices. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-portal-session.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { portalConfiguration } from "./portal-configuration.ts";
import { portalFlow } from "./portal-flow.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  returnUrl: ["return_url", "flow_data[after_completion]"],
  flow: "flow_data",
  subscriptionId: [
    "flow_data[subscription_cancel][subscription]",
    "flow_data[subscription_update][subscription]",
  ],
};

export const createPortalSession: Operation<Inputs, Outputs> = async (inputs, context) => {
  const [configuration, flow] = await Promise.all([
    portalConfiguration(inputs.flow, context),
    portalFlow(inputs, parameters, context),
  ]);
  const { url } = await withStripe(context, parameters, (stripe, options) =>
    stripe.billingPortal.sessions.create(
      {
        customer: inputs.customerId,
        return_url: inputs.returnUrl,
        configuration,
        ...(flow === undefined ? {} : { flow_data: flow }),
      },
      options,
    ),
  );
  return { url };
};
