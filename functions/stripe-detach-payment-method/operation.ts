/** Removes a saved card from a customer. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-detach-payment-method.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { missingObject, Problem } from "../../lib/errors.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = { customerId: [], paymentMethodId: ["payment_method", "id"] };

export const detachPaymentMethod: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, paymentMethodId } = inputs;
  const owner = await customerOfObject("payment_methods", paymentMethodId, "paymentMethodId", context);
  if (owner !== undefined && owner !== customerId) throw missingObject("paymentMethodId");
  await detach(paymentMethodId, context);
  return { paymentMethodId, detached: true };
};

/**
 * A card without a customer may be one that this call has detached before it was interrupted: then Stripe repeats its response
 * for the same key. Stripe refuses to detach any other one.
 */
async function detach(paymentMethodId: string, context: OperationContext): Promise<void> {
  try {
    await withStripe(context, parameters, (stripe, options) =>
      stripe.paymentMethods.detach(paymentMethodId, {}, options),
    );
  } catch (thrown) {
    const isRefused = thrown instanceof Problem && ["VALIDATION_FAILED", "NOT_FOUND"].includes(thrown.code);
    throw isRefused ? missingObject("paymentMethodId") : thrown;
  }
}
