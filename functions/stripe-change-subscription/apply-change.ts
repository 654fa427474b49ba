/** Applies a change at Stripe, and makes sure that it charged what the quote said. */
import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-change-subscription.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { isAnswered } from "../../lib/stripe/is-answered.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { PAYER_STEP } from "../../lib/subscriptions/payer-step.ts";
import { previewChange } from "../../lib/subscriptions/preview-change.ts";
import { type Charge, digestOf, type Quote } from "../../lib/subscriptions/quote.ts";
import { staleQuote } from "../../lib/subscriptions/stale-quote.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import {
  assertChangeable,
  type ChangedItem,
  changedItem,
  isChanged,
  prorationBehavior,
  type SubscriptionChange,
} from "../../lib/subscriptions/subscription-change.ts";
import { correctCharge } from "./correct-charge.ts";

const parameters: ParametersOf<Inputs> = {
  subscriptionId: SUBSCRIPTION_IN_ADDRESS,
  priceId: "items[0][price]",
  quantity: "items[0][quantity]",
  proration: "proration_behavior",
  quote: [],
  returnUrl: [],
};

export interface WantedChange {
  readonly subscriptionId: string;
  readonly change: SubscriptionChange;
  readonly quote: Quote | undefined;
}

export interface Changed {
  /** With what PAYER_STEP lists. */
  readonly subscription: Stripe.Subscription;
  readonly charge: Charge;
  /** Of the invoice of the change. */
  readonly invoiceId: string | undefined;
}

/** Throws PRECONDITION_FAILED, and changes nothing, if the quote does not describe the subscription and the charge any more. */
export async function applyChange(wanted: WantedChange, context: OperationContext): Promise<Changed> {
  const { subscriptionId, change, quote } = wanted;
  const before = await read(subscriptionId, context);
  assertChangeable(before);
  const item = await changedItem(before, change, context);
  // The call itself may have made the change, in an attempt whose response was lost: then Stripe repeats that response.
  const mayBeDone = isChanged(before, item);
  const isStale = quote !== undefined && digestOf(before) !== quote.was;
  if (isStale && !mayBeDone) throw overtaken("the subscription has changed since");
  if (quote !== undefined && !isStale) await assertSameCharge(before, item, quote, context);
  const after = await updated(before, item, wanted, context);
  const isRepeated = after.lastResponse.headers["idempotent-replayed"] === "true";
  // Somebody else made the same change, so this one had no effect.
  if (isStale && !isRepeated) throw overtaken("the subscription has changed since");
  const invoice = invoiceOf(after, before, isRepeated);
  const charge = {
    isInvoiced: invoice !== undefined,
    amountDue: invoice?.amount_due ?? 0,
    total: invoice?.total ?? 0,
    currency: after.currency,
  };
  if (quote !== undefined) await correctCharge(quote, invoice, context);
  return { subscription: after, charge, invoiceId: idOf(invoice) };
}

async function assertSameCharge(
  subscription: Stripe.Subscription,
  item: ChangedItem,
  { charge: quoted, change, prorationDate }: Quote,
  context: OperationContext,
): Promise<void> {
  const request = { subscription, item, proration: change.proration, prorationDate };
  const { charge } = await previewChange(request, context);
  const isSame =
    charge.amountDue === quoted.amountDue &&
    charge.total === quoted.total &&
    charge.isInvoiced === quoted.isInvoiced &&
    charge.currency === quoted.currency;
  if (!isSame) throw overtaken("the charge would be another one now");
}

function read(subscriptionId: string, context: OperationContext): Promise<Stripe.Subscription> {
  return withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.retrieve(subscriptionId, {}, options),
  );
}

/** Stripe refuses the moment of a quote if the period has ended since. */
async function updated(
  before: Stripe.Subscription,
  item: ChangedItem,
  wanted: WantedChange,
  context: OperationContext,
): Promise<Stripe.Response<Stripe.Subscription>> {
  try {
    return await update(before, item, wanted, context);
  } catch (thrown) {
    const isRefused = isAnswered(thrown) && !thrown.retryable;
    if (wanted.quote === undefined || !isRefused) throw thrown;
    if (digestOf(await read(before.id, context)) === wanted.quote.was) throw thrown;
    throw overtaken("the subscription has changed since");
  }
}

function update(
  before: Stripe.Subscription,
  item: ChangedItem,
  { change: { proration }, quote }: WantedChange,
  context: OperationContext,
): Promise<Stripe.Response<Stripe.Subscription>> {
  return withStripe(context, parameters, (stripe, options) =>
    stripe.subscriptions.update(
      before.id,
      {
        items: [{ ...item }],
        proration_behavior: prorationBehavior(proration),
        // An invoice that is sent to the customer waits for its payment in any case.
        payment_behavior:
          before.collection_method === "send_invoice" ? "allow_incomplete" : "pending_if_incomplete",
        expand: PAYER_STEP,
        ...(quote === undefined || proration === "none" ? {} : { proration_date: quote.prorationDate }),
      },
      options,
    ),
  );
}

/** The invoice of the change, if there is one. */
function invoiceOf(
  { latest_invoice: invoice }: Stripe.Subscription,
  before: Stripe.Subscription,
  isRepeated: boolean,
): Stripe.Invoice | undefined {
  if (invoice === null || typeof invoice === "string") return undefined;
  const isNew = isRepeated
    ? invoice.billing_reason === "subscription_update"
    : invoice.id !== idOf(before.latest_invoice);
  return isNew ? invoice : undefined;
}

const overtaken = (why: string) => staleQuote(`was overtaken: ${why}`, "preview the change again");
