/** Cancels a payment that has not succeeded. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-cancel-payment-intent.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = { paymentIntentId: ["intent", "id"], reason: "cancellation_reason" };

export const cancelPaymentIntent: Operation<Inputs, Outputs> = async (
  { paymentIntentId, reason },
  context,
) => {
  const intent = await withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.cancel(paymentIntentId, present({ cancellation_reason: reason }), options),
  );
  return { paymentIntentId: intent.id, status: intent.status };
};
