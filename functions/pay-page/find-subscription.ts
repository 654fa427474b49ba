/**
 * A subscription whose payer has something to do: its open invoice, such as the first one, or a card to be saved for the time
 * after its trial.
 */
import type Stripe from "stripe";
import type { Money } from "../../lib/money/format-money.ts";
import { paymentIntentIdOf } from "../../lib/pay-link/pay-token.ts";
import { present } from "../../lib/present.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { confirmable, type FoundObject, isCapturedLater } from "./confirmable.ts";
import type { Found, Kind, Opening, Summary } from "./found.ts";
import type { PageLanguage } from "./page-language.ts";
import { fromStripe } from "./read-stripe.ts";
import { type Charge, isSimple, nextCharge } from "./subscription-facts.ts";
import { renewalSentence, subscriptionRows } from "./subscription-rows.ts";

/** What `subscriptionFacts` reads. */
const FACTS = ["customer", "items.data.price.product"];

type Finder = Pick<Found, "state" | "intent" | "step"> & Pick<FoundObject, "ids" | "isCapturedLater">;

export async function findSubscription(
  id: string,
  { deadline, now, languageFor }: Opening,
): Promise<FoundObject | undefined> {
  const expand = [...FACTS, "latest_invoice.confirmation_secret", "pending_setup_intent"];
  const subscription = await fromStripe(deadline, (stripe, options) =>
    stripe.subscriptions.retrieve(id, { expand }, options),
  );
  if (subscription === undefined) return undefined;
  const invoice = objectOf(subscription.latest_invoice);
  const found = await whatToDo(subscription, invoice, deadline);
  const language = languageFor(subscription.customer);
  const { rows, renewal } = await subscriptionFacts(subscription, invoice, { deadline, now, language });
  const kind = kindOf(subscription, found);
  const amount = isEmpty(found) ? undefined : amountOf(subscription, invoice, found, kind);
  return {
    ...found,
    kind,
    language,
    summary: { ...present({ amount }), rows, livemode: subscription.livemode },
    ...present({ renewal }),
    ids: { ...found.ids, subscription: id },
  };
}

type Reading = Pick<Opening, "deadline" | "now"> & { readonly language: PageLanguage };

export interface SubscriptionFacts {
  readonly rows: Summary["rows"];
  readonly renewal?: string;
}

/**
 * The facts of the subscription whose invoice the payment intent pays. Undefined for other payments, for a subscription that has
 * ended, and if Stripe does not respond: the payer can pay without them.
 */
export async function factsOfPaidSubscription(
  paymentIntentId: string,
  reading: Reading,
): Promise<SubscriptionFacts | undefined> {
  try {
    const { deadline } = reading;
    const payments = await fromStripe(deadline, (stripe, options) =>
      stripe.invoicePayments.list(
        {
          payment: { type: "payment_intent", payment_intent: paymentIntentId },
          limit: 1,
          expand: ["data.invoice"],
        },
        options,
      ),
    );
    const invoice = objectOf(payments?.data[0]?.invoice);
    if (invoice === undefined || invoice.deleted) return undefined;
    const id = idOf(invoice.parent?.subscription_details?.subscription);
    if (id === undefined) return undefined;
    const subscription = await fromStripe(deadline, (stripe, options) =>
      stripe.subscriptions.retrieve(id, { expand: FACTS }, options),
    );
    if (subscription === undefined || subscription.ended_at !== null) return undefined;
    return await subscriptionFacts(subscription, invoice, reading);
  } catch {
    return undefined;
  }
}

async function subscriptionFacts(
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice | undefined,
  { deadline, now, language }: Reading,
): Promise<SubscriptionFacts> {
  const next = await exactly(nextCharge(subscription, now), subscription, deadline);
  return {
    rows: subscriptionRows(subscription, { invoice, next, now, language }),
    ...present({ renewal: renewalSentence(subscription, next, language) }),
  };
}

async function whatToDo(
  { status, pending_setup_intent: setup }: Stripe.Subscription,
  invoice: Stripe.Invoice | undefined,
  deadline: number,
): Promise<Finder> {
  if (status === "canceled" || status === "incomplete_expired") return { state: "canceled", ids: {} };
  const paymentIntentId = isOpen(invoice)
    ? paymentIntentIdOf(invoice?.confirmation_secret?.client_secret ?? "")
    : undefined;
  if (paymentIntentId !== undefined) {
    const intent = await fromStripe(deadline, (stripe, options) =>
      stripe.paymentIntents.retrieve(paymentIntentId, {}, options),
    );
    if (intent !== undefined)
      return {
        ...confirmable(intent),
        ids: { payment_intent: intent.id },
        isCapturedLater: isCapturedLater(intent),
      };
  }
  const pending = objectOf(setup);
  if (pending !== undefined) return { ...confirmable(pending), ids: { setup_intent: pending.id } };
  return { state: status === "active" || status === "trialing" ? "paid" : "nothing-due", ids: {} };
}

/** Stripe still takes payments for an invoice that was given up. */
const isOpen = (invoice: Stripe.Invoice | undefined) =>
  invoice?.status === "open" || invoice?.status === "uncollectible";

function kindOf({ status }: Stripe.Subscription, { intent }: Finder): Kind {
  if (intent !== undefined && !intent.isSetup) return "subscription";
  if (status === "trialing") return "trial";
  return intent === undefined ? "subscription" : "card";
}

/** Whether there is nothing to pay, and nothing was paid on the page. */
const isEmpty = ({ state }: Finder) => state === "canceled" || state === "nothing-due";

/** What is due, or what was paid last. */
function amountOf(
  { currency }: Stripe.Subscription,
  invoice: Stripe.Invoice | undefined,
  { intent }: Finder,
  kind: Kind,
): Money | undefined {
  if (kind === "trial") return { amount: 0, currency };
  if (kind === "card" || invoice === undefined) return undefined;
  const { amount_remaining: due, amount_paid: paid } = invoice;
  if (intent !== undefined) return { amount: due, currency };
  return paid > 0 ? { amount: paid, currency } : undefined;
}

/**
 * The charge with the amount that Stripe computes, where discounts, taxes, tiers or a balance change it. Without a response
 * the amount is left out: the payer can pay without it.
 */
async function exactly(
  charge: Charge | undefined,
  subscription: Stripe.Subscription,
  deadline: number,
): Promise<Charge | undefined> {
  if (charge === undefined || isSimple(subscription)) return charge;
  const { at } = charge;
  try {
    const preview = await fromStripe(deadline, (stripe, options) =>
      stripe.invoices.createPreview(previewOf(subscription), options),
    );
    return { at, ...present({ amount: preview?.amount_due }) };
  } catch {
    return { at };
  }
}

/** Stripe previews no renewal of a subscription whose first invoice is not paid yet, so its like is previewed. */
function previewOf(subscription: Stripe.Subscription): Stripe.InvoiceCreatePreviewParams {
  if (subscription.status !== "incomplete") return { subscription: subscription.id };
  const { customer, items, discounts, currency, automatic_tax: tax } = subscription;
  return {
    customer: typeof customer === "string" ? customer : customer.id,
    currency,
    preview_mode: "recurring",
    subscription_details: {
      items: items.data.map(({ price, quantity }) => ({ price: price.id, ...present({ quantity }) })),
    },
    discounts: discounts.map((discount) => ({
      discount: typeof discount === "string" ? discount : discount.id,
    })),
    ...(tax.enabled && { automatic_tax: { enabled: true } }),
  };
}

/** The object that a reference was expanded to. */
function objectOf<T extends object>(reference: string | T | null | undefined): T | undefined {
  return typeof reference === "object" && reference !== null ? reference : undefined;
}
