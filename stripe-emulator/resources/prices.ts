import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { type FieldText, readSearchQuery } from "../protocol/search-query.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { createParameters, listParameters, searchParameters, updateParameters } from "./price-parameters.ts";
import { currencyOptionsOf, tiersOf } from "./price-tiers.ts";
import { createProduct } from "./products.ts";
import { storePrice } from "./store-price.ts";

export const priceEndpoints = [
  endpoint("POST", "/v1/prices", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => create(copy, parameters)),
  ),
  endpoint("GET", "/v1/prices", listParameters, listPrices),
  endpoint("GET", "/v1/prices/search", searchParameters, search),
  endpoint("GET", "/v1/prices/:id", {}, ({ context, id }) => context.store.get("price", id)),
  endpoint("POST", "/v1/prices/:id", updateParameters, ({ context, id }, parameters) =>
    allOrNothing(context, (copy) => update(copy, id, parameters)),
  ),
];

const SEARCHED_FIELDS: Readonly<Record<string, FieldText<Stripe.Price>>> = {
  active: ({ active }) => String(active),
  currency: ({ currency }) => currency,
  lookup_key: ({ lookup_key: key }) => key,
  product: ({ product }) => String(product),
  type: ({ type }) => type,
  metadata: ({ metadata }, key) => (Object.hasOwn(metadata, key) ? (metadata[key] ?? null) : null),
};

function search(
  { context, path }: Call,
  { query, limit, page: after }: Parsed<typeof searchParameters>,
): Stripe.ApiSearchResult<Stripe.Price> {
  const isWanted = readSearchQuery(query, SEARCHED_FIELDS);
  const paging = present({ limit, starting_after: after });
  const { data, has_more } = page(context.store.all("price"), paging, path, isWanted);
  const next = has_more ? (data.at(-1)?.id ?? null) : null;
  return { object: "search_result", data, has_more, next_page: next, url: path };
}

function create(context: Context, parameters: Parsed<typeof createParameters>): Stripe.Price {
  const { product: productId, product_data: data, recurring, custom_unit_amount: custom } = parameters;
  if ((productId === undefined) === (data === undefined)) {
    throw invalidRequest("Pass exactly one of product and product_data.", "parameter_missing", "product");
  }
  assertScheme(parameters);
  claimLookupKey(context, parameters.lookup_key, parameters.transfer_lookup_key ?? false);
  const product =
    data === undefined
      ? context.store.get("product", productId ?? "", "product")
      : createProduct(context, data);
  const id = newId("price");
  const hidden = {
    ...present({ tiers: parameters.tiers && tiersOf(parameters.tiers) }),
    ...present({
      price_currency_options: parameters.currency_options && currencyOptionsOf(parameters.currency_options),
    }),
  };
  if (Object.keys(hidden).length > 0) context.store.hiddenFields.set(id, hidden);
  return storePrice(context, {
    ...parameters,
    id,
    product: product.id,
    recurring,
    custom_unit_amount:
      custom === undefined
        ? null
        : { maximum: custom.maximum ?? null, minimum: custom.minimum ?? null, preset: custom.preset ?? null },
  });
}

/** A tiered price has tiers and a mode for them, and no amount of its own. */
function assertScheme(parameters: Parsed<typeof createParameters>): void {
  const isTiered = parameters.billing_scheme === "tiered";
  const {
    tiers,
    tiers_mode: mode,
    recurring,
    unit_amount: amount,
    unit_amount_decimal: decimal,
  } = parameters;
  const missing = tiers === undefined ? "tiers" : mode === undefined ? "tiers_mode" : undefined;
  if (isTiered && missing !== undefined) {
    throw invalidRequest(`Missing required param: ${missing}.`, "parameter_missing", missing);
  }
  if (!isTiered && (tiers !== undefined || mode !== undefined)) {
    const param = tiers === undefined ? "tiers_mode" : "tiers";
    throw invalidRequest("Tiers need `billing_scheme=tiered`.", undefined, param);
  }
  if (isTiered && (amount !== undefined || decimal !== undefined)) {
    const param = amount === undefined ? "unit_amount_decimal" : "unit_amount";
    throw invalidRequest("A tiered price has no amount of its own.", undefined, param);
  }
  if (recurring?.usage_type === "metered" && recurring.meter === undefined) {
    throw invalidRequest(
      "Missing required param: recurring[meter]. A metered price needs a meter.",
      "parameter_missing",
      "recurring[meter]",
    );
  }
  if (recurring?.meter !== undefined && recurring.usage_type !== "metered") {
    throw invalidRequest("A meter needs `usage_type=metered`.", undefined, "recurring[meter]");
  }
  if (parameters.transform_quantity !== undefined && isTiered) {
    throw invalidRequest("A tiered price cannot transform its quantity.", undefined, "transform_quantity");
  }
}

function listPrices(
  { context, path }: Call,
  parameters: Parsed<typeof listParameters>,
): Stripe.ApiList<Stripe.Price> {
  const {
    active,
    created,
    currency: code,
    lookup_keys: keys,
    product,
    recurring,
    type,
    ...paging
  } = parameters;
  const isWanted = (price: Stripe.Price) =>
    inRange(price.created, created) &&
    (active === undefined || price.active === active) &&
    (code === undefined || price.currency === code) &&
    (keys === undefined || (price.lookup_key !== null && keys.includes(price.lookup_key))) &&
    (product === undefined || price.product === product) &&
    (recurring?.interval === undefined || price.recurring?.interval === recurring.interval) &&
    (recurring?.usage_type === undefined || price.recurring?.usage_type === recurring.usage_type) &&
    (recurring?.meter === undefined || price.recurring?.meter === recurring.meter) &&
    (type === undefined || price.type === type);
  return page(context.store.all("price"), paging, path, isWanted);
}

function update(context: Context, id: string, parameters: Parsed<typeof updateParameters>): Stripe.Price {
  const {
    currency_options: options,
    metadata: given,
    transfer_lookup_key: transfer,
    lookup_key: key,
    ...fields
  } = parameters;
  const { store } = context;
  const found = store.get("price", id);
  if (typeof key === "string" && key !== found.lookup_key) claimLookupKey(context, key, transfer ?? false);
  if (options !== undefined) {
    const hidden = store.hiddenFields.get(id) ?? {};
    const price_currency_options = options && {
      ...hidden.price_currency_options,
      ...currencyOptionsOf(options),
    };
    store.hiddenFields.set(id, { ...hidden, price_currency_options: price_currency_options ?? {} });
  }
  if (fields.active === false) assertNotDefault(context, found);
  const after = store.patch("price", found, {
    ...fields,
    ...present({ lookup_key: key }),
    metadata: changedMetadata(found.metadata, given),
  });
  context.emit("price.updated", after, previousAttributes(found, after));
  return after;
}

function assertNotDefault({ store }: Context, { id, product }: Stripe.Price): void {
  if (store.find("product", String(product))?.default_price !== id) return;
  throw invalidRequest(
    "This price cannot be archived because it is the default price of its product.",
    undefined,
    "active",
  );
}

/** Makes a lookup key available: `transfer` takes it from the price that has it. Throws a 400 when it is in use. */
function claimLookupKey(context: Context, key: string | undefined, transfer: boolean): void {
  const holder =
    key === undefined ? undefined : context.store.all("price").find((price) => price.lookup_key === key);
  if (holder === undefined) return;
  if (!transfer) {
    throw invalidRequest(
      `A price (${holder.id}) already uses that lookup key.`,
      "resource_already_exists",
      "lookup_key",
    );
  }
  const without = context.store.patch("price", holder, { lookup_key: null });
  context.emit("price.updated", without, previousAttributes(holder, without));
}
