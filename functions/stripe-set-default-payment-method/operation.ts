/**
 * Makes a saved card a customer's default. Subscriptions that have a card of their own, such as the one that paid their first
 * invoice, pay with the default from then on: otherwise they would be renewed from the old card.
 * See docs/decisions/0055-the-default-card-pays-everything.md.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-set-default-payment-method.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { missingObject } from "../../lib/errors.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: ["customer", "id"],
  paymentMethodId: ["invoice_settings[default_payment_method]", "payment_method"],
};

export const setDefaultPaymentMethod: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, paymentMethodId } = inputs;
  const owner = await customerOfObject("payment_methods", paymentMethodId, "paymentMethodId", context);
  if (owner !== customerId) throw missingObject("paymentMethodId");
  await withStripe(context, parameters, (stripe, options) =>
    stripe.customers.update(
      customerId,
      { invoice_settings: { default_payment_method: paymentMethodId } },
      options,
    ),
  );
  for (const id of await subscriptionsWithOtherCard(inputs, context)) {
    await withStripe(
      context,
      parameters,
      (stripe, options) => stripe.subscriptions.update(id, { default_payment_method: "" }, options),
      id,
    );
  }
  return { customerId, paymentMethodId };
};

/** The ids of the customer's live subscriptions with a card of their own that is another one. */
async function subscriptionsWithOtherCard(
  { customerId, paymentMethodId }: Inputs,
  context: OperationContext,
): Promise<string[]> {
  const subscriptions = await allOf("/v1/subscriptions", context, { customer: customerId });
  return subscriptions
    .filter(({ status }) => status !== "incomplete_expired")
    .filter(({ default_payment_method: own }) => ![undefined, paymentMethodId].includes(idOf(own)))
    .map(({ id }) => String(id));
}
