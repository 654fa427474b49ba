import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest, renamingParams, resourceMissing } from "../protocol/errors.ts";
import { page } from "../protocol/pagination.ts";
import { pageParameters, timestamp } from "../protocol/parameter-kinds.ts";
import { boolean, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { newItemParameters } from "./subscription-item-parameters.ts";
import { paymentBehavior, prorationBehavior } from "./subscription-parameters.ts";
import { updateSubscription } from "./update-subscription.ts";

const changeParameters = {
  payment_behavior: paymentBehavior(),
  proration_behavior: prorationBehavior(),
  proration_date: timestamp(),
};
const createParameters = {
  ...newItemParameters,
  ...changeParameters,
  subscription: required(string()),
} satisfies Record<Exclude<keyof Stripe.SubscriptionItemCreateParams, "expand">, unknown>;
const updateParameters = {
  ...newItemParameters,
  ...changeParameters,
  off_session: boolean(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionItemUpdateParams, "expand">, unknown>;
const deleteParameters = {
  ...changeParameters,
  clear_usage: boolean(),
} satisfies Record<keyof Stripe.SubscriptionItemDeleteParams, unknown>;
const listParameters = { ...pageParameters, subscription: required(string()) };

/** The items of subscriptions. A change of one is a change of its subscription. */
export const subscriptionItemEndpoints = [
  endpoint("POST", "/v1/subscription_items", createParameters, create),
  endpoint(
    "GET",
    "/v1/subscription_items",
    listParameters,
    ({ context, path }, { subscription, ...paging }) => {
      const { items } = context.store.get("subscription", subscription, "subscription");
      return page(items.data, paging, path);
    },
  ),
  endpoint("GET", "/v1/subscription_items/:id", {}, ({ context, id }) => find(context, id).item),
  endpoint("POST", "/v1/subscription_items/:id", updateParameters, update),
  endpoint("DELETE", "/v1/subscription_items/:id", deleteParameters, remove),
];

function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.SubscriptionItem {
  const { subscription, payment_behavior, proration_behavior, proration_date, ...item } = parameters;
  const { items } = context.store.get("subscription", subscription, "subscription");
  const known = new Set(items.data.map(({ id }) => id));
  const terms = present({ payment_behavior, proration_behavior, proration_date });
  const after = change(context, subscription, item, terms);
  const created = after.items.data.find(({ id }) => !known.has(id));
  if (created === undefined) {
    throw invalidRequest("The item waits for the payment of its invoice.", undefined, "payment_behavior");
  }
  return created;
}

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.SubscriptionItem {
  const { subscription } = find(context, id);
  const { payment_behavior, proration_behavior, proration_date, off_session, ...item } = parameters;
  const terms = present({ payment_behavior, proration_behavior, proration_date, off_session });
  change(context, subscription.id, { id, ...item }, terms);
  return find(context, id).item;
}

function remove(
  { context, id }: Call,
  { clear_usage: _usage, ...terms }: Parsed<typeof deleteParameters>,
): Stripe.DeletedSubscriptionItem {
  const { subscription } = find(context, id);
  change(context, subscription.id, { id, deleted: true }, terms);
  return { id, object: "subscription_item", deleted: true };
}

type Update = Parameters<typeof updateSubscription>[2];

/** Errors name the parameters of the item, which here are those of the request. */
function change(
  context: Context,
  subscription: string,
  item: NonNullable<Update["items"]>[number],
  terms: Omit<Update, "items">,
): Stripe.Subscription {
  const update = { ...terms, items: [item] };
  return renamingParams(
    (param) => param.replace(/^items\[0\]\[(\w+)\]/, "$1"),
    () => allOrNothing(context, (copy) => updateSubscription(copy, subscription, update)),
  );
}

function find(
  { store }: Context,
  id: string,
): { subscription: Stripe.Subscription; item: Stripe.SubscriptionItem } {
  for (const subscription of store.all("subscription")) {
    const item = subscription.items.data.find((candidate) => candidate.id === id);
    if (item !== undefined) return { subscription, item };
  }
  throw resourceMissing("subscription_item", id);
}
