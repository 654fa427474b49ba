/** Captures the reserved amount of a payment, once: what is not captured is released. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-capture-payment-intent.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = { paymentIntentId: ["intent", "id"], amount: "amount_to_capture" };

/** `amount` is in the currency's smallest unit. */
export const capturePaymentIntent: Operation<Inputs, Outputs> = async (
  { paymentIntentId, amount },
  context,
) => {
  const intent = await withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.capture(paymentIntentId, present({ amount_to_capture: amount }), options),
  );
  return { paymentIntentId: intent.id, status: intent.status, amountReceived: intent.amount_received };
};
