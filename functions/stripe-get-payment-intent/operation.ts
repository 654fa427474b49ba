/** Returns a payment as it is at Stripe now, with the invoice and the subscription that it belongs to. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-get-payment-intent.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { invoiceOfPayment } from "../../lib/stripe/invoice-of-payment.ts";
import { paymentOutputs } from "../../lib/stripe/payment-outputs.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

// For an object in the address of the request, Stripe names the parameter differently by kind, or "id".
const parameters: ParametersOf<Inputs> = { paymentIntentId: ["intent", "id"] };

export const getPaymentIntent: Operation<Inputs, Outputs> = async ({ paymentIntentId }, context) => {
  const intent = await withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.retrieve(paymentIntentId, { expand: ["latest_charge"] }, options),
  );
  return paymentOutputs(intent, await invoiceOfPayment(paymentIntentId, context));
};
