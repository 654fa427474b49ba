import type Stripe from "stripe";
import { type Line, newItem } from "../billing/subscription.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Context } from "../state/context.ts";
import type { ChangedItem, NewItem } from "./subscription-parameters.ts";

/** The lines of a new subscription. Throws a 400 when a price is not recurring or the currencies differ. */
export function linesOf(context: Context, items: readonly NewItem[]): Line[] {
  if (items.length === 0)
    throw invalidRequest("Missing required param: items.", "parameter_missing", "items");
  const lines = items.map((item, index) => ({
    price: recurringPrice(context, item.price, `items[${index}][price]`),
    quantity: item.quantity ?? 1,
    metadata: changedMetadata({}, item.metadata),
  }));
  if (new Set(lines.map((line) => line.price.currency)).size > 1) {
    throw invalidRequest("All prices of a subscription must use the same currency.", undefined, "items");
  }
  return lines;
}

/** The items of a subscription after a change. Throws a 400 without `proration_behavior: none`: the emulator does not prorate. */
export function changedItems(
  context: Context,
  subscription: Stripe.Subscription,
  changes: readonly ChangedItem[],
  prorationBehavior: string | undefined,
): Stripe.SubscriptionItem[] {
  if (prorationBehavior !== "none") {
    const message =
      "This emulator does not compute prorations: pass proration_behavior=none to change items.";
    throw invalidRequest(message, "parameter_not_emulated", "proration_behavior");
  }
  let items = subscription.items.data;
  for (const [index, change] of changes.entries()) {
    const current = change.id === undefined ? undefined : items.find((item) => item.id === change.id);
    if (change.id !== undefined && current === undefined) {
      throw resourceMissing("subscription_item", change.id, `items[${index}][id]`, 400);
    }
    const price =
      change.price === undefined
        ? undefined
        : recurringPrice(context, change.price, `items[${index}][price]`);
    if (current === undefined) items = [...items, addedItem(subscription, change, price, index)];
    else if (change.deleted) items = items.filter((item) => item.id !== current.id);
    else items = items.map((item) => (item.id === current.id ? replacedItem(item, change, price) : item));
  }
  if (items.length === 0)
    throw invalidRequest("A subscription must have at least one item.", undefined, "items");
  return items;
}

function addedItem(
  subscription: Stripe.Subscription,
  change: ChangedItem,
  price: Stripe.Price | undefined,
  index: number,
): Stripe.SubscriptionItem {
  const [sibling] = subscription.items.data;
  if (price === undefined || sibling === undefined) {
    throw invalidRequest(
      `Missing required param: items[${index}][price].`,
      "parameter_missing",
      `items[${index}][price]`,
    );
  }
  const line = { price, quantity: change.quantity ?? 1, metadata: changedMetadata({}, change.metadata) };
  return newItem(subscription.id, line, sibling.current_period_start, sibling.current_period_end);
}

function replacedItem(
  item: Stripe.SubscriptionItem,
  change: ChangedItem,
  price: Stripe.Price = item.price,
): Stripe.SubscriptionItem {
  const quantity = change.quantity ?? item.quantity ?? 1;
  const metadata = changedMetadata(item.metadata, change.metadata);
  const line = newItem(
    item.subscription,
    { price, quantity, metadata },
    item.current_period_start,
    item.current_period_end,
  );
  return { ...line, id: item.id, created: item.created };
}

function recurringPrice(context: Context, id: string, param: string): Stripe.Price {
  const price = context.store.get("price", id, param);
  if (price.recurring === null) {
    throw invalidRequest(
      `The price ${id} is not a recurring one: a subscription needs recurring prices.`,
      undefined,
      param,
    );
  }
  if (!price.active) throw invalidRequest(`The price ${id} is inactive.`, undefined, param);
  return price;
}
