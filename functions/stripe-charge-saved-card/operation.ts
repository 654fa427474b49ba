/**
 * Charges a saved card of a customer who is not present. If the bank wants the payer, the payment waits for the payer on
 * the pay page instead.
 *
 * One call has one payment intent, which the call's key creates, and which can succeed only once. So a repeated call never
 * charges twice, even if the customer's default card has changed since: it confirms the same intent with the new card, unless the
 * first attempt has succeeded.
 */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-charge-saved-card.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { declineAdvice } from "../../lib/declines/decline-advice.ts";
import { Problem } from "../../lib/errors.ts";
import { payUrl } from "../../lib/pay-link/pay-url.ts";
import { present } from "../../lib/present.ts";
import { savedCardOf } from "../../lib/stripe/saved-card.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  amount: "amount",
  currency: "currency",
  paymentMethodId: "payment_method",
  description: "description",
  metadata: "metadata",
};

/** `amount` is in the currency's smallest unit. Throws PAYMENT_REQUIRED for a card that is declined. */
export const chargeSavedCard: Operation<Inputs, Outputs> = async (inputs, context) => {
  const paymentMethodId = await savedCardOf(inputs, context);
  const { id } = await createIntent(inputs, context);
  try {
    return await outputsOf(await confirm(id, paymentMethodId, context), context);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.retryable || thrown.status >= 500) throw thrown;
    const wantsPayer =
      thrown.code === "PAYMENT_REQUIRED" && declineAdvice(thrown.declineCode).action === "authenticate";
    if (thrown.code === "PAYMENT_REQUIRED" && !wantsPayer) throw thrown;
    const intent = await intentNow(id, context);
    // Stripe refuses to confirm a payment that an earlier call with this key has already made.
    if (wantsPayer || isConfirmed(intent)) return outputsOf(intent, context, wantsPayer);
    if (intent.status === "canceled")
      throw new Problem(
        "CONFLICT",
        "The payment of this Idempotency-Key was cancelled at Stripe; send a new key",
      );
    throw thrown;
  }
};

function createIntent(inputs: Inputs, context: OperationContext): Promise<Stripe.PaymentIntent> {
  const { customerId, amount, currency, description } = inputs;
  const metadata = stripeMetadata(inputs.metadata);
  return withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.create(
      {
        amount,
        currency,
        customer: customerId,
        metadata,
        // A payer who is not present can follow no redirect.
        automatic_payment_methods: { enabled: true, allow_redirects: "never" },
        ...present({ description }),
      },
      options,
    ),
  );
}

function confirm(
  id: string,
  paymentMethodId: string,
  context: OperationContext,
): Promise<Stripe.PaymentIntent> {
  return withStripe(
    context,
    parameters,
    (stripe, options) =>
      stripe.paymentIntents.confirm(id, { payment_method: paymentMethodId, off_session: true }, options),
    `confirm:${paymentMethodId}`,
  );
}

function intentNow(id: string, context: OperationContext): Promise<Stripe.PaymentIntent> {
  return withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.retrieve(id, {}, options),
  );
}

const CONFIRMED: readonly string[] = ["succeeded", "processing", "requires_action", "requires_capture"];

const isConfirmed = ({ status }: Stripe.PaymentIntent) => CONFIRMED.includes(status);

async function outputsOf(
  { id, status }: Stripe.PaymentIntent,
  context: OperationContext,
  wantsPayer = status === "requires_action",
): Promise<Outputs> {
  return {
    paymentIntentId: id,
    status,
    ...(wantsPayer ? { payUrl: await payUrl({ objectId: id }, context) } : {}),
  };
}
