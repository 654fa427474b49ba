/** The line items of checkout sessions, payment links and quotes: a price and a quantity, or the data of a price. */
import type Stripe from "stripe";
import { amountFor } from "../billing/price-amount.ts";
import { present } from "../present.ts";
import { invalidRequest, renamingParams } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { currency, metadata } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";

const adjustableQuantity = hash({ enabled: required(boolean()), maximum: integer(0), minimum: integer(0) });

export const priceData = hash({
  currency: required(currency()),
  product: string(),
  product_data: hash({
    name: required(string()),
    description: string(),
    images: list(string(), 8),
    metadata: metadata(),
    unit_label: string(12),
    tax_code: notEmulated(),
    tax_details: notEmulated(),
  }),
  recurring: hash({
    interval: required(oneOf("day", "month", "week", "year")),
    interval_count: integer(1),
  }),
  tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
  unit_amount: integer(0),
  unit_amount_decimal: string(),
});

export const lineItemParameters = {
  adjustable_quantity: adjustableQuantity,
  metadata: metadata(),
  price: string(),
  price_data: priceData,
  quantity: integer(0),
  tax_rates: notEmulated(),
} satisfies Record<keyof Stripe.Checkout.SessionCreateParams.LineItem, unknown>;

export type GivenLineItem = Parsed<typeof lineItemParameters>;

/**
 * Makes the line items, and the prices and products of those that have only data; `isSingleUse`: which can be used for nothing
 * else. Throws a 400 that names the field.
 */
export function lineItemsFrom(
  context: Context,
  given: readonly GivenLineItem[],
  { isSingleUse = false }: { isSingleUse?: boolean } = {},
): Stripe.LineItem[] {
  const items = given.map((item, index) => lineItemFrom(context, item, `line_items[${index}]`, isSingleUse));
  if (new Set(items.map((item) => item.currency)).size > 1) {
    throw invalidRequest("All prices must use the same currency.", undefined, "line_items");
  }
  return items;
}

/** The sum of the items before discounts, in the smallest unit of the currency. */
export function totalOf(items: readonly Stripe.LineItem[]): number {
  return items.reduce((sum, item) => sum + item.amount_total, 0);
}

function lineItemFrom(
  context: Context,
  given: GivenLineItem,
  param: string,
  isSingleUse: boolean,
): Stripe.LineItem {
  const { price: priceId, price_data: data, adjustable_quantity: adjustable } = given;
  if ((priceId === undefined) === (data === undefined)) {
    const message = `Pass exactly one of ${param}[price] and ${param}[price_data].`;
    throw invalidRequest(message, "parameter_missing", `${param}[price]`);
  }
  const id = priceId ?? newPrice(context, data, `${param}[price_data]`, isSingleUse);
  const price = context.store.get("price", id, `${param}[price]`);
  if (!price.active && priceId !== undefined) {
    throw invalidRequest(`The price specified is inactive: ${id}.`, undefined, `${param}[price]`);
  }
  if (given.quantity === undefined && price.recurring?.usage_type !== "metered") {
    throw invalidRequest(
      `Quantity is required. Add \`quantity\` to \`${param}\`.`,
      "parameter_missing",
      `${param}[quantity]`,
    );
  }
  const quantity = given.quantity ?? null;
  const amount = amountFor(context.store, price, quantity ?? 0, price.currency);
  const product = context.store.find("product", String(price.product));
  return {
    id: newId("li"),
    object: "item",
    adjustable_quantity: adjustable ? { maximum: null, minimum: null, ...adjustable } : null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: product?.name ?? null,
    metadata: given.metadata ?? {},
    price,
    quantity,
  };
}

function newPrice(
  context: Context,
  data: GivenLineItem["price_data"],
  param: string,
  isSingleUse: boolean,
): string {
  const { product_data: productData, product, recurring, ...others } = data ?? { currency: "usd" };
  if ((product === undefined) === (productData === undefined)) {
    const message = `Pass exactly one of ${param}[product] and ${param}[product_data].`;
    throw invalidRequest(message, "parameter_missing", `${param}[product]`);
  }
  // A subscription is made with its price later, here.
  const archived = isSingleUse && recurring === undefined ? { active: false } : {};
  const { metadata: productMetadata, ...productFields } = productData ?? { name: "" };
  return renamingParams(
    (name) => `${param}[${name.replace("[", "][").replace(/\]$/, "")}]`,
    () =>
      apiRequest(context, "POST", "/v1/prices", {
        ...others,
        ...archived,
        ...present({ recurring: recurring && { ...recurring } }),
        product:
          product ??
          apiRequest(context, "POST", "/v1/products", {
            ...productFields,
            metadata: { ...productMetadata },
            ...archived,
          }),
      }),
  );
}
