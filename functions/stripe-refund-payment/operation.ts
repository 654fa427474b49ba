/** Refunds a payment. Stripe lets the refunds of a payment never exceed it, also when they are asked for at the same time. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-refund-payment.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { refundOncePerReference } from "../../lib/refunds/refund-by-reference.ts";
import { type Refund, refundAtStripe } from "../../lib/refunds/refund-request.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  // Stripe names the payment's charge, or nothing, if the state of the payment allows no refund.
  paymentIntentId: ["payment_intent", "charge", "id"],
  amount: "amount",
  reason: "reason",
  reference: "metadata[reference]",
  metadata: "metadata",
};

/** `amount` is in the currency's smallest unit. Throws CONFLICT for a payment whose state allows no refund. */
export const refundPayment: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { reference, ...request } = inputs;
  const refund =
    reference === undefined
      ? await refundAtStripe(request, parameters, context)
      : await refundOncePerReference({ ...request, reference }, parameters, context);
  return outputsOf(refund);
};

function outputsOf({ id, status, amount, currency, amountRefundable }: Refund): Outputs {
  return { refundId: id, status, amount, currency, amountRefundable };
}
