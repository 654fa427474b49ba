import Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, currency, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
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
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { createProduct } from "./products.ts";

const interval = oneOf("day", "month", "week", "year");
const createParameters = {
  currency: required(currency()),
  active: boolean(),
  lookup_key: string(200),
  metadata: metadata(),
  nickname: string(),
  product: string(),
  product_data: hash({ name: required(string()), id: string(), active: boolean(), metadata: metadata() }),
  recurring: hash({
    interval: required(interval),
    interval_count: integer(1, 1095),
    usage_type: oneOf("licensed"),
    trial_period_days: integer(0),
    meter: notEmulated(),
  }),
  tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
  transfer_lookup_key: boolean(),
  unit_amount: integer(0),
  billing_scheme: oneOf("per_unit"),
  currency_options: notEmulated(),
  custom_unit_amount: notEmulated(),
  tiers: notEmulated(),
  tiers_mode: notEmulated(),
  transform_quantity: notEmulated(),
  unit_amount_decimal: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PriceCreateParams, "expand">, unknown>;
const updateParameters = {
  active: boolean(),
  lookup_key: string(200),
  metadata: metadata(),
  nickname: string(),
  tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
  transfer_lookup_key: boolean(),
  currency_options: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PriceUpdateParams, "expand">, unknown>;
const listParameters = {
  ...pageParameters,
  active: boolean(),
  created: range(),
  currency: currency(),
  lookup_keys: list(string(), 10),
  product: string(),
  recurring: hash({ interval, usage_type: oneOf("licensed", "metered"), meter: notEmulated() }),
  type: oneOf("one_time", "recurring"),
};

export const priceEndpoints = [
  endpoint("POST", "/v1/prices", createParameters, create),
  endpoint("GET", "/v1/prices", listParameters, listPrices),
  endpoint("GET", "/v1/prices/:id", {}, ({ context, id }) => context.store.get("price", id)),
  endpoint("POST", "/v1/prices/:id", updateParameters, update),
];

function create(call: Call, parameters: Parsed<typeof createParameters>): Stripe.Price {
  const { context } = call;
  const { product: productId, product_data: data, recurring, unit_amount: amount } = parameters;
  if (amount === undefined)
    throw invalidRequest("Missing required param: unit_amount.", "parameter_missing", "unit_amount");
  if ((productId === undefined) === (data === undefined)) {
    throw invalidRequest("Pass exactly one of product and product_data.", "parameter_missing", "product");
  }
  const lookupKey = claimLookupKey(call, parameters.lookup_key, parameters.transfer_lookup_key ?? false);
  const product =
    data === undefined
      ? context.store.get("product", productId ?? "", "product")
      : createProduct(context, data);
  const price = context.store.put("price", {
    id: newId("price"),
    object: "price",
    active: parameters.active ?? true,
    billing_scheme: "per_unit",
    created: context.clock.now(),
    currency: parameters.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: lookupKey ?? null,
    metadata: changedMetadata({}, parameters.metadata),
    nickname: parameters.nickname ?? null,
    product: product.id,
    recurring:
      recurring === undefined
        ? null
        : {
            interval: recurring.interval,
            interval_count: recurring.interval_count ?? 1,
            meter: null,
            trial_period_days: recurring.trial_period_days ?? null,
            usage_type: "licensed",
          },
    tax_behavior: parameters.tax_behavior ?? "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: recurring === undefined ? "one_time" : "recurring",
    unit_amount: amount,
    unit_amount_decimal: Stripe.Decimal.from(amount),
  });
  context.emit("price.created", price);
  return price;
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
    (type === undefined || price.type === type);
  return page(context.store.all("price").filter(isWanted), paging, path);
}

function update(call: Call, parameters: Parsed<typeof updateParameters>): Stripe.Price {
  const { metadata: given, transfer_lookup_key: transfer, lookup_key: key, ...fields } = parameters;
  const { context, id } = call;
  const found = context.store.get("price", id);
  const lookupKey = key === found.lookup_key ? key : claimLookupKey(call, key, transfer ?? false);
  const after = context.store.patch("price", found, {
    ...fields,
    ...present({ lookup_key: lookupKey }),
    metadata: changedMetadata(found.metadata, given),
  });
  context.emit("price.updated", after, previousAttributes(found, after));
  return after;
}

/** Makes a lookup key available: `transfer` takes it from the price that has it. Throws a 400 when it is in use. */
function claimLookupKey({ context }: Call, key: string | undefined, transfer: boolean): string | undefined {
  const holder =
    key === undefined ? undefined : context.store.all("price").find((price) => price.lookup_key === key);
  if (holder === undefined) return key;
  if (!transfer) {
    throw invalidRequest(
      `A price (${holder.id}) already uses that lookup key.`,
      "resource_already_exists",
      "lookup_key",
    );
  }
  context.store.patch("price", holder, { lookup_key: null });
  return key;
}
