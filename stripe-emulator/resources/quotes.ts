import type Stripe from "stripe";
import { fulfilQuote } from "../checkout/accept-quote.ts";
import { lineItemsFrom } from "../checkout/line-items.ts";
import { orderOf, sentOn, storeOrder } from "../checkout/order.ts";
import { quoteAmounts } from "../checkout/quote-amounts.ts";
import { cancelQuote } from "../checkout/quote-status.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, pageParameters } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { discountedItems, offeredDiscounts } from "./checkout-discounts.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  createParameters,
  finalizeParameters,
  listParameters,
  updateParameters,
} from "./quote-parameters.ts";

const LIFETIME_SECONDS = 30 * 24 * 60 * 60;

export const quoteEndpoints = [
  endpoint("POST", "/v1/quotes", createParameters, create),
  endpoint(
    "GET",
    "/v1/quotes",
    listParameters,
    ({ context, path }, { customer, status, test_clock: clock, ...paging }) =>
      page(
        context.store.all("quote"),
        paging,
        path,
        (quote) =>
          (customer === undefined || quote.customer === customer) &&
          (status === undefined || quote.status === status) &&
          (clock === undefined ? quote.test_clock === null : quote.test_clock === clock),
      ),
  ),
  endpoint("GET", "/v1/quotes/:id", {}, ({ context, id }) => context.store.get("quote", id)),
  endpoint("POST", "/v1/quotes/:id", updateParameters, update),
  endpoint("POST", "/v1/quotes/:id/finalize", finalizeParameters, finalize),
  endpoint("POST", "/v1/quotes/:id/accept", {}, accept),
  endpoint("POST", "/v1/quotes/:id/cancel", {}, ({ context, id }) =>
    cancelQuote(context, inStatus(context, id, "cancel", ["draft", "open"])),
  ),
  endpoint("GET", "/v1/quotes/:id/line_items", pageParameters, ({ context, id, path }, paging) => {
    context.store.get("quote", id);
    return page(orderOf(context, id).lineItems.toReversed(), paging, path);
  }),
  endpoint(
    "GET",
    "/v1/quotes/:id/computed_upfront_line_items",
    pageParameters,
    ({ context, id, path }, paging) => {
      const quote = context.store.get("quote", id);
      const hasTrial = quote.subscription_data.trial_period_days !== null;
      const upfront = orderOf(context, id).lineItems.filter(({ price }) => !hasTrial || !price?.recurring);
      return page(upfront.toReversed(), paging, path);
    },
  ),
];

/** `quote.created`. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Quote {
  const { store, clock } = context;
  const { customer, from_quote: from, test_clock: testClock, ...given } = parameters;
  if (customer !== undefined) store.get("customer", customer, "customer");
  const source = from === undefined ? undefined : store.get("quote", from.quote, "from_quote[quote]");
  const now = clock.now();
  const id = newId("qt");
  const quote: Stripe.Quote = {
    id,
    object: "quote",
    ...quoteAmounts([], null),
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    collection_method: given.collection_method ?? source?.collection_method ?? "charge_automatically",
    created: now,
    customer: customer ?? source?.customer ?? null,
    customer_account: null,
    default_tax_rates: [],
    description: given.description ?? source?.description ?? null,
    discounts: [],
    expires_at: expiryOf(given.expires_at, now) ?? now + LIFETIME_SECONDS,
    footer: given.footer ?? source?.footer ?? null,
    from_quote: source && from ? { is_revision: from.is_revision ?? false, quote: source.id } : null,
    header: given.header ?? source?.header ?? null,
    invoice: null,
    invoice_settings: {
      custom_fields: null,
      days_until_due: given.invoice_settings?.days_until_due ?? null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    livemode: false,
    metadata: changedMetadata(source?.metadata ?? {}, given.metadata),
    number: null,
    on_behalf_of: null,
    status: "draft",
    status_transitions: { accepted_at: null, canceled_at: null, finalized_at: null },
    subscription: null,
    subscription_data: subscriptionDataOf(context, source?.subscription_data, given.subscription_data),
    subscription_schedule: null,
    test_clock:
      testClock === undefined
        ? context.testClock
        : store.get("test_helpers.test_clock", testClock, "test_clock").id,
    transfer_data: null,
  };
  storeOrder(context, id, source === undefined ? [] : orderOf(context, source.id).lineItems);
  const priced = store.put("quote", { ...quote, ...ordered(context, quote, given) });
  context.emit("quote.created", priced);
  return priced;
}

/** Only a draft can be changed. Stripe reports no event for it. */
function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.Quote {
  const { store, clock } = context;
  const before = inStatus(context, id, "update", ["draft"]);
  const { customer, collection_method, description, footer, header } = parameters;
  if (customer !== undefined) store.get("customer", customer, "customer");
  const changed = store.patch("quote", before, {
    ...present({
      customer,
      collection_method,
      description,
      footer,
      header,
      expires_at: expiryOf(parameters.expires_at, clock.now()),
    }),
    invoice_settings: { ...before.invoice_settings, ...parameters.invoice_settings },
    metadata: changedMetadata(before.metadata, parameters.metadata),
    subscription_data: subscriptionDataOf(context, before.subscription_data, parameters.subscription_data),
  });
  return store.patch("quote", changed, ordered(context, changed, parameters));
}

/** `quote.finalized`. */
function finalize(
  { context, id }: Call,
  { expires_at: expires }: Parsed<typeof finalizeParameters>,
): Stripe.Quote {
  const { store, clock } = context;
  const quote = inStatus(context, id, "finalize", ["draft"]);
  if (quote.customer === null) {
    throw invalidRequest("A quote needs a customer before it can be finalized.", undefined, "customer");
  }
  if (orderOf(context, id).lineItems.length === 0) {
    throw invalidRequest("A quote needs line items before it can be finalized.", undefined, "line_items");
  }
  const prefix = store.get("customer", String(quote.customer)).invoice_prefix ?? "EMULATOR";
  const earlier = store
    .all("quote")
    .filter(({ customer, number }) => customer === quote.customer && number !== null).length;
  const open = store.patch("quote", quote, {
    status: "open",
    number: `QT-${prefix}-${String(earlier + 1).padStart(4, "0")}-1`,
    ...present({ expires_at: expiryOf(expires, clock.now()) }),
    status_transitions: { ...quote.status_transitions, finalized_at: clock.now() },
  });
  context.emit("quote.finalized", open);
  return open;
}

/** Makes what was quoted: its events, then `quote.accepted`. */
function accept({ context, id }: Call): Stripe.Quote {
  const quote = inStatus(context, id, "accept", ["open"]);
  const made = fulfilQuote(context, quote);
  const accepted = context.store.patch("quote", quote, {
    ...made,
    status: "accepted",
    status_transitions: { ...quote.status_transitions, accepted_at: context.clock.now() },
  });
  context.emit("quote.accepted", accepted);
  return accepted;
}

/** Stores the line items and discounts of a quote. Returns the amounts that follow from them. */
function ordered(
  context: Context,
  quote: Stripe.Quote,
  { line_items: given, discounts, subscription_data: data }: Parsed<typeof updateParameters>,
): Partial<Stripe.Quote> & ReturnType<typeof quoteAmounts> {
  const order = orderOf(context, quote.id);
  const items = given === undefined ? order.lineItems : lineItemsFrom(context, given);
  const named = discounts ?? [];
  const customer = quote.customer === null ? null : String(quote.customer);
  const offered = offeredDiscounts(context, named, customer, items);
  const lineItems =
    given === undefined && discounts === undefined ? items : discountedItems(context, items, offered);
  const { effective_date: _date, ...subscription } = data ?? {};
  context.store.patch("checkout_order", order, {
    lineItems,
    data: {
      ...order.data,
      subscription: {
        ...order.data.subscription,
        ...sentOn(subscription),
        ...(named.length > 0 ? { discounts: named.map((discount) => sentOn(discount)) } : {}),
      },
    },
  });
  return quoteAmounts(lineItems, quote.subscription_data.trial_period_days);
}

function subscriptionDataOf(
  { clock }: Context,
  before: Stripe.Quote.SubscriptionData | undefined,
  given: Parsed<typeof updateParameters>["subscription_data"],
): Stripe.Quote.SubscriptionData {
  const date = given?.effective_date;
  return {
    billing_mode: { type: "flexible", flexible: { proration_discounts: "included" } },
    description: given?.description ?? before?.description ?? null,
    effective_date:
      date === undefined
        ? (before?.effective_date ?? null)
        : date === "current_period_end"
          ? clock.now()
          : date,
    metadata: changedMetadata(before?.metadata ?? {}, given?.metadata),
    trial_period_days:
      given?.trial_period_days === undefined ? (before?.trial_period_days ?? null) : given.trial_period_days,
  };
}

function expiryOf(given: number | undefined, now: number): number | undefined {
  if (given === undefined || given > now) return given;
  throw invalidRequest("Invalid expires_at: it must be in the future.", undefined, "expires_at");
}

function inStatus({ store }: Context, id: string, action: string, statuses: readonly string[]): Stripe.Quote {
  const quote = store.get("quote", id);
  if (statuses.includes(quote.status)) return quote;
  throw invalidRequest(
    `You cannot ${action} a quote with the status \`${quote.status}\`: it must be ${statuses.join(" or ")}.`,
  );
}
