/**
 * Changes the price or the quantity of a subscription, one call at a time. With a quote, the change charges exactly what the
 * quote says, or nothing: see docs/decisions/0057.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-change-subscription.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { callMark } from "../../lib/stripe/own-metadata.ts";
import { payerStep } from "../../lib/subscriptions/payer-step.ts";
import { changeIn } from "../../lib/subscriptions/subscription-change.ts";
import { periodEndOf } from "../../lib/subscriptions/subscription-outputs.ts";
import { workAlone } from "../../lib/subscriptions/work-alone.ts";
import { acceptedQuote } from "./accepted-quote.ts";
import { applyChange } from "./apply-change.ts";

export const changeSubscription: Operation<Inputs, Outputs> = async (inputs, context) => {
  const quote = inputs.quote === undefined ? undefined : await acceptedQuote(inputs, inputs.quote, context);
  const change = quote?.change ?? changeIn(inputs);
  const claim = { id: `change#${inputs.subscriptionId}`, mark: callMark(context.idempotencyKey) };
  return workAlone(claim, context, async () => {
    const changed = await applyChange({ subscriptionId: inputs.subscriptionId, change, quote }, context);
    return outputsOf(changed, inputs.returnUrl, context);
  });
};

async function outputsOf(
  { subscription, charge, invoiceId }: Awaited<ReturnType<typeof applyChange>>,
  returnUrl: string | undefined,
  context: OperationContext,
): Promise<Outputs> {
  const { invoiceId: _latest, ...step } = await payerStep(subscription, returnUrl, context);
  return {
    subscriptionId: subscription.id,
    status: subscription.status,
    currentPeriodEnd: periodEndOf(subscription),
    amountDue: charge.amountDue,
    currency: charge.currency,
    ...(invoiceId === undefined ? {} : { invoiceId, ...step }),
  };
}
