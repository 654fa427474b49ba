/**
 * Creates a subscription that becomes active with its first payment, or immediately in a trial. Without `allowSecond`, a
 * customer gets only one live subscription to a product: see lib/subscriptions/create-alone.ts.
 */

import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-subscription.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { present } from "../../lib/present.ts";
import { callMark, marksOf } from "../../lib/stripe/own-metadata.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { createAlone, type SubscriptionsAtStripe } from "../../lib/subscriptions/create-alone.ts";
import { liveSubscriptions, toProduct } from "../../lib/subscriptions/live-subscriptions.ts";
import { PAYER_STEP, payerStep } from "../../lib/subscriptions/payer-step.ts";
import { periodEndOf } from "../../lib/subscriptions/subscription-outputs.ts";
import { checkedOffer } from "./checked-offer.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  priceId: "items[0][price]",
  trialDays: "trial_period_days",
  quantity: "items[0][quantity]",
  promotionCode: "discounts[0][promotion_code]",
  paymentMethodId: "default_payment_method",
  metadata: "metadata",
  allowSecond: [],
  returnUrl: [],
};

export const createSubscription: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { productId, promotionCodeId } = await checkedOffer(inputs, context);
  const mark = callMark(context.idempotencyKey);
  const stripe = atStripe(inputs, productId, wantedOf(inputs, mark, promotionCodeId), context);
  const subscription = inputs.allowSecond
    ? await stripe.create(context.idempotencyKey)
    : await createAlone({ customerId: inputs.customerId, productId, mark }, context, stripe);
  return {
    subscriptionId: subscription.id,
    status: subscription.status,
    currentPeriodEnd: periodEndOf(subscription),
    ...(await payerStep(subscription, inputs.returnUrl, context)),
  };
};

function wantedOf(
  inputs: Inputs,
  mark: string,
  promotionCodeId: string | undefined,
): Stripe.SubscriptionCreateParams {
  const { customerId, priceId, trialDays, quantity, paymentMethodId, metadata, allowSecond = false } = inputs;
  return {
    customer: customerId,
    items: [{ price: priceId, ...present({ quantity }) }],
    metadata: { ...stripeMetadata(metadata), ...marksOf({ mark, isSecond: allowSecond }) },
    // A saved card is charged at once; if it is refused, the payer pays on the pay page.
    payment_behavior: paymentMethodId === undefined ? "default_incomplete" : "allow_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
    expand: PAYER_STEP,
    // Without it, a trial without a card would go on as a subscription whose first invoice is only overdue.
    ...(trialDays === undefined
      ? {}
      : { trial_settings: { end_behavior: { missing_payment_method: "cancel" as const } } }),
    ...(promotionCodeId === undefined ? {} : { discounts: [{ promotion_code: promotionCodeId }] }),
    ...present({ trial_period_days: trialDays, default_payment_method: paymentMethodId }),
  };
}

function atStripe(
  { customerId }: Inputs,
  productId: string,
  wanted: Stripe.SubscriptionCreateParams,
  context: OperationContext,
): SubscriptionsAtStripe {
  const list = (after: string | undefined) =>
    withStripe(context, parameters, (client, options) =>
      client.subscriptions.list(
        { customer: customerId, limit: 100, ...present({ starting_after: after }) },
        options,
      ),
    );
  return {
    live: async () => toProduct(await liveSubscriptions(list), productId),
    create: (key) =>
      withStripe({ ...context, idempotencyKey: key }, parameters, (client, options) =>
        client.subscriptions.create(wanted, options),
      ),
    read: (id) =>
      withStripe(context, parameters, (client, options) =>
        client.subscriptions.retrieve(id, { expand: PAYER_STEP }, options),
      ),
  };
}
