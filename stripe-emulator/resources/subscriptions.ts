import type Stripe from "stripe";
import { currentDiscounts, deletedDiscount } from "../billing/discount.ts";
import { removeDiscount } from "../billing/discounts-in-use.ts";
import { endSubscription } from "../billing/end-subscription.ts";
import { resumeSubscription } from "../billing/resume-subscription.ts";
import { present } from "../present.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { type FieldText, readSearchQuery } from "../protocol/search-query.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { createSubscription } from "./create-subscription.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  cancelParameters,
  createParameters,
  listParameters,
  resumeParameters,
  searchParameters,
  updateParameters,
} from "./subscription-parameters.ts";
import { updateSubscription } from "./update-subscription.ts";

export const subscriptionEndpoints = [
  endpoint("POST", "/v1/subscriptions", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => createSubscription(copy, parameters)),
  ),
  endpoint("GET", "/v1/subscriptions", listParameters, listSubscriptions),
  endpoint("GET", "/v1/subscriptions/search", searchParameters, search),
  endpoint("GET", "/v1/subscriptions/:id", {}, ({ context, id }) => context.store.get("subscription", id)),
  endpoint("POST", "/v1/subscriptions/:id", updateParameters, ({ context, id }, parameters) =>
    allOrNothing(context, (copy) => updateSubscription(copy, id, parameters)),
  ),
  endpoint("DELETE", "/v1/subscriptions/:id", cancelParameters, cancel),
  endpoint("POST", "/v1/subscriptions/:id/resume", resumeParameters, resume),
  endpoint("DELETE", "/v1/subscriptions/:id/discount", {}, deleteDiscount),
];

const SEARCHED_FIELDS: Readonly<Record<string, FieldText<Stripe.Subscription>>> = {
  status: ({ status }) => status,
  metadata: ({ metadata }, key) => (Object.hasOwn(metadata, key) ? (metadata[key] ?? null) : null),
};

function search(
  { context, path }: Call,
  { query, limit, page: after }: Parsed<typeof searchParameters>,
): Stripe.ApiSearchResult<Stripe.Subscription> {
  const isWanted = readSearchQuery(query, SEARCHED_FIELDS);
  const paging = present({ limit, starting_after: after });
  const { data, has_more } = page(context.store.all("subscription"), paging, path, isWanted);
  const next = has_more ? (data.at(-1)?.id ?? null) : null;
  return { object: "search_result", data, has_more, next_page: next, url: path };
}

function listSubscriptions({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const {
    collection_method: collection,
    created,
    current_period_end: ends,
    current_period_start: starts,
    customer,
    plan,
    price = plan,
    status,
    test_clock: testClock,
    ...paging
  } = parameters;
  const isWanted = (subscription: Stripe.Subscription) => {
    const items = subscription.items.data;
    return (
      // Without either filter, Stripe leaves out what belongs to a test clock.
      (testClock === undefined
        ? customer !== undefined || subscription.test_clock === null
        : subscription.test_clock === testClock) &&
      inRange(subscription.created, created) &&
      items.some((item) => inRange(item.current_period_end, ends)) &&
      items.some((item) => inRange(item.current_period_start, starts)) &&
      (collection === undefined || subscription.collection_method === collection) &&
      (customer === undefined || subscription.customer === customer) &&
      (price === undefined || items.some((item) => item.price.id === price)) &&
      hasStatus(subscription, status)
    );
  };
  return page(context.store.all("subscription"), paging, path, isWanted);
}

/** Without a status the list has every subscription that is not canceled. */
function hasStatus(subscription: Stripe.Subscription, status: string | undefined): boolean {
  if (status === "all") return true;
  if (status === undefined) return subscription.status !== "canceled";
  if (status === "ended") return subscription.ended_at !== null;
  return subscription.status === status;
}

function cancel(
  { context, id }: Call,
  { cancellation_details: details, invoice_now: invoiceNow, prorate }: Parsed<typeof cancelParameters>,
): Stripe.Subscription {
  const subscription = context.store.get("subscription", id);
  if (subscription.ended_at !== null) throw resourceMissing("subscription", id);
  return endSubscription(context, subscription, details ?? {}, { prorate, invoiceNow });
}

function resume({ context, id }: Call, parameters: Parsed<typeof resumeParameters>): Stripe.Subscription {
  const subscription = context.store.get("subscription", id);
  if (subscription.status !== "paused") {
    throw invalidRequest(
      `Only a paused subscription can be resumed; the status of ${id} is ${subscription.status}.`,
    );
  }
  return resumeSubscription(context, subscription, {
    startsPeriod: parameters.billing_cycle_anchor?.type !== "unchanged",
    prorates: parameters.proration_behavior !== "none",
    from: parameters.proration_date ?? context.clock.now(),
  });
}

function deleteDiscount({ context, id }: Call): Stripe.DeletedDiscount {
  const { discounts } = context.store.get("subscription", id);
  const [discount] = currentDiscounts(context.store, discounts, context.clock.now());
  if (discount === undefined) {
    throw invalidRequest("No active discount for subscription.", "resource_missing");
  }
  removeDiscount(context, discount);
  return deletedDiscount(discount);
}
