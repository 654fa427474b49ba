/** Lists a customer's subscriptions as they are at Stripe now, the newest first. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-list-subscriptions.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { invalidField } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { subscriptionOutputs } from "../../lib/subscriptions/subscription-outputs.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  status: "status",
  limit: "limit",
  after: "starting_after",
};

export const listSubscriptions: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, status, limit, after } = inputs;
  await checkAfter(inputs, context);
  const page = await withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.list(
      { customer: customerId, limit, ...present({ status, starting_after: after }) },
      options,
    ),
  );
  const last = page.data.at(-1);
  return {
    items: page.data.map(subscriptionOutputs),
    ...present({ next: page.has_more ? last?.id : undefined }),
  };
};

/** Stripe would also continue after another customer's subscription. */
async function checkAfter({ customerId, after }: Inputs, context: OperationContext): Promise<void> {
  if (after === undefined) return;
  const isOwn =
    /^sub_\w+$/.test(after) &&
    (await customerOfObject("subscriptions", after, "after", context)) === customerId;
  if (!isOwn) throw invalidField("after", "must be the next of a page of this customer's subscriptions");
}
