/** Says what a change of a subscription would charge, and signs that as a quote. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-preview-subscription-change.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { previewChange, prorationDateIn, totalOfPeriod } from "../../lib/subscriptions/preview-change.ts";
import { digestOf, QUOTE_TTL_SECONDS, signQuote } from "../../lib/subscriptions/quote.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import { assertChangeable, changedItem, changeIn } from "../../lib/subscriptions/subscription-change.ts";

const parameters: ParametersOf<Inputs> = {
  subscriptionId: SUBSCRIPTION_IN_ADDRESS,
  priceId: [],
  quantity: [],
  proration: [],
};

export const previewSubscriptionChange: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { subscriptionId } = inputs;
  const change = changeIn(inputs);
  const subscription = await withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.retrieve(subscriptionId, {}, options),
  );
  assertChangeable(subscription);
  const item = await changedItem(subscription, change, context);
  const prorationDate = prorationDateIn(subscription, context.now());
  const request = { subscription, item, proration: change.proration, prorationDate };
  const { charge, lines, nextInvoiceAt, nextTotal } = await previewChange(request, context);
  const expiresAt = Math.floor(context.now().getTime() / 1000) + QUOTE_TTL_SECONDS;
  const was = digestOf(subscription);
  const quote = { subscriptionId, change, prorationDate, expiresAt, charge, was };
  return {
    quote: signQuote(quote, await appSecrets()),
    amountDue: charge.amountDue,
    currency: charge.currency,
    nextInvoiceTotal: nextTotal ?? (await totalOfPeriod(request, context)),
    nextInvoiceAt: new Date(nextInvoiceAt * 1000).toISOString(),
    lines: [...lines],
    expiresAt: new Date(expiresAt * 1000).toISOString(),
  };
};
