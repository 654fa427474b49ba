import type Stripe from "stripe";
import { currentDiscounts } from "../billing/discount.ts";
import { removeDiscount } from "../billing/discounts-in-use.ts";
import { hasCurrency } from "../billing/price-amount.ts";
import { type Line, newItem, planOf } from "../billing/subscription-item.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Context } from "../state/context.ts";
import { redeemedDiscounts } from "./discount-parameters.ts";
import { storePrice } from "./store-price.ts";
import type { ChangedItem } from "./subscription-item-parameters.ts";
import { taxRatesOf } from "./tax-rate-ids.ts";

type Owner = Pick<Stripe.Subscription, "currency" | "customer" | "id">;

/** The lines of a new subscription. Throws a 400 when a price is not recurring or the currencies differ. */
export function linesOf(
  context: Context,
  items: readonly ChangedItem[],
  currency: string | undefined,
): Line[] {
  if (items.length === 0) {
    throw invalidRequest("Missing required param: items.", "parameter_missing", "items");
  }
  const lines = items.map((item, index) => newLine(context, item, `items[${index}]`));
  const code = currency ?? lines[0]?.price.currency ?? "usd";
  for (const [index, { price }] of lines.entries())
    assertCurrency(context, price, code, `items[${index}][price]`);
  return lines;
}

/**
 * The items of a subscription after a change, with the periods of before. Throws a 400 that names the item's parameter.
 * New discounts of items are redeemed, and those that are taken off end: `customer.discount.deleted`.
 */
export function changedItems(
  context: Context,
  subscription: Stripe.Subscription,
  changes: readonly ChangedItem[],
): Stripe.SubscriptionItem[] {
  let items = subscription.items.data;
  for (const [index, change] of changes.entries()) {
    const param = `items[${index}]`;
    const current = change.id === undefined ? undefined : items.find((item) => item.id === change.id);
    if (change.id !== undefined && current === undefined) {
      throw resourceMissing("subscription_item", change.id, `${param}[id]`, 400);
    }
    if (current === undefined) items = [...items, addedItem(context, subscription, change, param)];
    else if (change.deleted) items = items.filter((item) => item.id !== current.id);
    else {
      const changed = changedItem(context, subscription, current, change, param);
      items = items.map((item) => (item.id === current.id ? changed : item));
    }
  }
  if (items.length === 0) {
    throw invalidRequest("A subscription must have at least one active plan.", undefined, "items");
  }
  return items;
}

/** An item with the discounts that the request gives it. */
export function withDiscounts(
  context: Context,
  { id, currency, customer }: Owner,
  item: Stripe.SubscriptionItem,
  given: ChangedItem["discounts"],
  param: string,
): Stripe.SubscriptionItem {
  if (given === undefined) return item;
  const owner = { customer, subscription: id, subscription_item: item.id };
  const redemption = { owner, currency, customer: String(customer) };
  const discounts = redeemedDiscounts(context, given ?? [], redemption, `${param}[discounts]`);
  for (const old of currentDiscounts(context.store, item.discounts, context.clock.now())) {
    if (!discounts.includes(old.id)) removeDiscount(context, old);
  }
  return { ...item, discounts };
}

function newLine(context: Context, item: ChangedItem, param: string): Line {
  const price = priceOf(context, item, param);
  if (price === undefined) {
    throw invalidRequest(`Missing required param: ${param}[price].`, "parameter_missing", `${param}[price]`);
  }
  return {
    price,
    quantity: quantityOf(price, item.quantity, 1, param),
    metadata: changedMetadata({}, item.metadata),
    taxRates: taxRatesOf(context, item.tax_rates ?? [], `${param}[tax_rates]`),
  };
}

function addedItem(
  context: Context,
  subscription: Stripe.Subscription,
  change: ChangedItem,
  param: string,
): Stripe.SubscriptionItem {
  const line = newLine(context, change, param);
  assertCurrency(context, line.price, subscription.currency, `${param}[price]`);
  if (subscription.items.data.some(({ price }) => price.id === line.price.id)) {
    throw invalidRequest(
      `A subscription cannot have two items with the same price (${line.price.id}): change the quantity of its item instead.`,
      undefined,
      `${param}[price]`,
    );
  }
  const [sibling] = subscription.items.data;
  const period = { start: sibling?.current_period_start ?? 0, end: sibling?.current_period_end ?? 0 };
  const item = newItem(context, subscription.id, line, period);
  return withDiscounts(context, subscription, item, change.discounts, param);
}

function changedItem(
  context: Context,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  change: ChangedItem,
  param: string,
): Stripe.SubscriptionItem {
  const price = priceOf(context, change, param) ?? item.price;
  assertCurrency(context, price, subscription.currency, `${param}[price]`);
  const { quantity: before, ...others } = item;
  const quantity = quantityOf(price, change.quantity, before ?? 1, param);
  const changed: Stripe.SubscriptionItem = {
    ...others,
    metadata: changedMetadata(item.metadata, change.metadata),
    plan: price === item.price ? item.plan : planOf(context.store, price),
    price,
    ...(quantity === undefined ? {} : { quantity }),
    tax_rates:
      change.tax_rates === undefined
        ? item.tax_rates
        : taxRatesOf(context, change.tax_rates, `${param}[tax_rates]`),
  };
  return withDiscounts(context, subscription, changed, change.discounts, param);
}

/** A metered price has no quantity: its usage counts. */
function quantityOf(
  price: Stripe.Price,
  given: number | undefined,
  otherwise: number,
  param: string,
): number | undefined {
  if (price.recurring?.usage_type !== "metered") return given ?? otherwise;
  if (given === undefined) return undefined;
  throw invalidRequest(
    `Quantity should not be specified where usage_type is \`metered\`. Remove quantity from \`${param}\``,
    undefined,
    `${param}[quantity]`,
  );
}

function priceOf(context: Context, item: ChangedItem, param: string): Stripe.Price | undefined {
  const { price, plan, price_data: data } = item;
  if ([price, plan, data].filter((given) => given !== undefined).length > 1) {
    throw invalidRequest("Pass only one of price, plan and price_data.", undefined, `${param}[price]`);
  }
  if (data !== undefined) {
    context.store.get("product", data.product, `${param}[price_data][product]`);
    return storePrice(context, data, `${param}[price_data]`);
  }
  const id = price ?? plan;
  return id === undefined
    ? undefined
    : recurringPrice(context, id, `${param}[${price === undefined ? "plan" : "price"}]`);
}

function assertCurrency({ store }: Context, price: Stripe.Price, currency: string, param: string): void {
  if (hasCurrency(store, price, currency)) return;
  throw invalidRequest(
    `All prices of a subscription must use the same currency: the price ${price.id} is not available in ${currency}.`,
    undefined,
    param,
  );
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
