/** Previews of invoices. A preview makes the change on a copy of the store, so that it shows what the change charges. */
import type Stripe from "stripe";
import { makeChange } from "../billing/change-subscription.ts";
import { draftManualInvoice, draftSubscriptionInvoice } from "../billing/draft-invoice.ts";
import { draftFinalInvoice } from "../billing/end-subscription.ts";
import { pendingItems } from "../billing/invoice-item.ts";
import { creditUnusedTime } from "../billing/proration.ts";
import { beginNextPeriod } from "../billing/renew-subscription.ts";
import { periodEndOf } from "../billing/subscription-item.ts";
import { present } from "../present.ts";
import { invalidRequest, renamingParams, StripeApiError, within } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { Clock } from "../state/clock.ts";
import type { Context } from "../state/context.ts";
import { dryRun } from "../state/trial-run.ts";
import { beginSubscription } from "./create-subscription.ts";
import { createCustomer } from "./customers.ts";
import { redeemedDiscounts } from "./discount-parameters.ts";
import { create as createInvoiceItem } from "./invoice-items.ts";
import type { previewParameters } from "./invoice-preview-parameters.ts";
import type { updateParameters } from "./subscription-parameters.ts";
import { termsOf, wantedSubscription } from "./update-subscription.ts";

type Parameters = Parsed<typeof previewParameters>;
type Details = NonNullable<Parameters["subscription_details"]>;

/** The parameters that a preview has in `subscription_details`. */
const DETAILS: ReadonlySet<string> = new Set([
  ...["billing_cycle_anchor", "cancel_at", "cancel_at_period_end", "default_tax_rates", "items"],
  ...["proration_date", "trial_end"],
]);

/** The states of subscriptions that have a next invoice. */
const RENEWED: ReadonlySet<string> = new Set(["active", "past_due", "trialing", "unpaid"]);

/** The invoice that the change or the next period would bring. Nothing is stored, and there is no event. */
export function previewInvoice(context: Context, parameters: Parameters): Stripe.Invoice {
  return dryRun(context, (copy) => {
    const isNobodys = parameters.customer === undefined && parameters.subscription === undefined;
    if (isNobodys && parameters.customer_details !== undefined) return previewForNobody(copy, parameters);
    const subscription = subscriptionOf(copy, parameters);
    const draft = renamingParams(
      (param) => (DETAILS.has(/^\w+/.exec(param)?.[0] ?? "") ? within("subscription_details", param) : param),
      () =>
        subscription === undefined
          ? withoutSubscription(copy, parameters)
          : ofSubscription(copy, subscription, parameters),
    );
    return presented(draft, parameters.subscription_details?.proration_date);
  });
}

/** The invoice of somebody who is no customer yet, and has only these details. */
function previewForNobody(
  context: Context,
  { customer_details: details, ...parameters }: Parameters,
): Stripe.Invoice {
  const { id } = createCustomer(context, { tax_exempt: details?.tax_exempt ?? "none" });
  const draft = withoutSubscription(context, { ...parameters, customer: id });
  return { ...presented(draft, undefined), customer: null };
}

/** The subscription that is named, otherwise the one of the customer that renews first, unless a new one is previewed. */
function subscriptionOf({ store }: Context, parameters: Parameters): Stripe.Subscription | undefined {
  const { subscription: id, customer, subscription_details: details } = parameters;
  if (id !== undefined) {
    const found = store.get("subscription", id, "subscription");
    if (customer === undefined || found.customer === customer) return found;
    throw invalidRequest(`The subscription ${id} belongs to another customer.`, undefined, "subscription");
  }
  if (details?.items !== undefined) return undefined;
  const renewed = store
    .all("subscription")
    .filter((candidate) => candidate.customer === customer && RENEWED.has(candidate.status));
  return renewed.sort((a, b) => periodEndOf(a) - periodEndOf(b))[0];
}

function ofSubscription(
  context: Context,
  before: Stripe.Subscription,
  parameters: Parameters,
): Stripe.Invoice {
  const { store, clock } = context;
  const customer = String(before.customer);
  if (!RENEWED.has(before.status)) throw nothingUpcoming(customer);
  const details = parameters.subscription_details ?? {};
  const isRecurring = parameters.preview_mode === "recurring";
  addItems(context, customer, before.id, parameters);
  if (details.cancel_now) return finalInvoice(context, before, details);
  const update = updateOf(details, parameters);
  const wanted = wantedSubscription(context, before, update);
  const terms = termsOf(isRecurring ? { ...update, proration_behavior: "none" } : update, clock.now());
  const { subscription, draft } = makeChange(context, store.get("subscription", before.id), wanted, terms);
  if (draft !== undefined && !isRecurring) return draft;
  const end = periodEndOf(subscription);
  const then = { ...context, clock: new Clock(() => end) };
  if (isRecurring) {
    const begun = { ...subscription, status: "active" as const };
    return draftSubscriptionInvoice(context, begun, "subscription_cycle", { pending: false });
  }
  if (subscription.cancel_at !== null && subscription.cancel_at <= end) {
    const last = draftFinalInvoice(then, subscription);
    if (last === undefined) throw nothingUpcoming(customer);
    return last;
  }
  return beginNextPeriod(then, subscription).draft;
}

function finalInvoice(context: Context, before: Stripe.Subscription, details: Details): Stripe.Invoice {
  if (details.proration_behavior !== "none") {
    const from = details.proration_date ?? context.clock.now();
    for (const item of before.items.data) creditUnusedTime(context, before, item, from);
  }
  const draft = draftFinalInvoice(context, before);
  if (draft === undefined) throw nothingUpcoming(String(before.customer));
  return draft;
}

/** The change that is previewed, as an update of the subscription. */
function updateOf(details: Details, { discounts }: Parameters): Parsed<typeof updateParameters> {
  const { billing_cycle_anchor: anchor } = details;
  if (anchor?.type === "timestamp") {
    throw invalidRequest(
      "The billing cycle anchor of a subscription that exists can be `now` or `unchanged`.",
      undefined,
      "subscription_details[billing_cycle_anchor][type]",
    );
  }
  return present({
    billing_cycle_anchor: anchor && { type: anchor.type },
    cancel_at: details.cancel_at,
    cancel_at_period_end: details.cancel_at_period_end,
    default_tax_rates: details.default_tax_rates,
    discounts,
    items: details.items,
    metadata: details.metadata,
    proration_behavior: details.proration_behavior,
    proration_date: details.proration_date,
    trial_end: details.trial_end,
  });
}

/** The first invoice of a new subscription, or an invoice of what is pending. */
function withoutSubscription(context: Context, parameters: Parameters): Stripe.Invoice {
  const { store } = context;
  const { customer: id, subscription_details: details } = parameters;
  if (id === undefined) {
    throw invalidRequest("You must specify one of: customer, subscription.", "parameter_missing", "customer");
  }
  const customer = store.get("customer", id, "customer");
  addItems(context, id, undefined, parameters);
  if (details?.items !== undefined) {
    const { draft } = beginSubscription(context, {
      customer: id,
      items: details.items,
      ...present({
        billing_cycle_anchor: details.billing_cycle_anchor?.timestamp,
        cancel_at: details.cancel_at ?? undefined,
        cancel_at_period_end: details.cancel_at_period_end,
        currency: parameters.currency,
        default_tax_rates: details.default_tax_rates,
        discounts: parameters.discounts,
        metadata: details.metadata,
        proration_behavior: details.proration_behavior,
        trial_end: details.trial_end,
      }),
    });
    if (draft === undefined) throw nothingUpcoming(id);
    return draft;
  }
  const currency = parameters.currency ?? customer.currency ?? "usd";
  const items = pendingItems(store, { customer: id, currency });
  if (items.length === 0) throw nothingUpcoming(id);
  const discounts =
    parameters.discounts === undefined
      ? {}
      : {
          discounts: redeemedDiscounts(context, parameters.discounts ?? [], {
            owner: {},
            customer: id,
            currency,
          }),
        };
  return draftManualInvoice(context, customer, currency, items, discounts);
}

function addItems(
  context: Context,
  customer: string,
  subscription: string | undefined,
  { invoice_items: items, currency }: Parameters,
): void {
  for (const [index, { price, unit_amount: unit, currency: own = currency, ...item }] of (
    items ?? []
  ).entries()) {
    const quantity = item.quantity ?? 1;
    const fields = present({
      amount: unit === undefined ? item.amount : unit * quantity,
      currency: own,
      pricing: price === undefined ? undefined : { price },
      subscription,
    });
    renamingParams(
      (param) => within(`invoice_items[${index}]`, param.replace("pricing[price]", "price")),
      () => createInvoiceItem(context, { ...item, customer, ...fields }),
    );
  }
}

function presented(draft: Stripe.Invoice, prorationDate: number | undefined): Stripe.Invoice {
  const id = newId("upcoming_in");
  const details = draft.parent?.subscription_details;
  return {
    ...draft,
    id,
    auto_advance: false,
    billing_reason: "upcoming",
    lines: {
      ...draft.lines,
      data: draft.lines.data.map((line) => ({ ...line, invoice: id })),
      url: `/v1/invoices/upcoming/lines?customer=${String(draft.customer)}`,
    },
    parent:
      draft.parent && details
        ? {
            ...draft.parent,
            subscription_details: {
              ...details,
              ...present({ subscription_proration_date: prorationDate }),
            },
          }
        : draft.parent,
  };
}

/** A 404: nothing is pending, and no subscription renews. */
function nothingUpcoming(customer: string): StripeApiError {
  return new StripeApiError(404, {
    type: "invalid_request_error",
    code: "invoice_upcoming_none",
    message: `No upcoming invoices for customer: ${customer}`,
  });
}
