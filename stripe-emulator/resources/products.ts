import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  currency,
  decimal,
  decimalNumber,
  type MetadataChange,
  metadata,
  pageParameters,
  range,
  url,
} from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { type FieldText, readSearchQuery } from "../protocol/search-query.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { interval } from "./price-parameters.ts";
import { storePrice } from "./store-price.ts";

const sharedParameters = {
  active: boolean(),
  description: emptyable(string()),
  images: list(string(), 8),
  metadata: metadata(),
  shippable: boolean(),
  statement_descriptor: string(22),
  unit_label: emptyable(string(12)),
  url: emptyable(url()),
  marketing_features: emptyable(list(hash({ name: required(string(80)) }), 15)),
  package_dimensions: emptyable(
    hash({
      height: required(decimalNumber(0, 10_000)),
      length: required(decimalNumber(0, 10_000)),
      weight: required(decimalNumber(0, 10_000)),
      width: required(decimalNumber(0, 10_000)),
    }),
  ),
  tax_code: notEmulated(),
  tax_details: notEmulated(),
};
const createParameters = {
  ...sharedParameters,
  name: required(string()),
  id: string(),
  default_price_data: hash({
    currency: required(currency()),
    metadata: metadata(),
    recurring: hash({ interval: required(interval), interval_count: integer(1, 1095) }),
    tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
    unit_amount: integer(0),
    unit_amount_decimal: decimal(),
    currency_options: notEmulated(),
    custom_unit_amount: notEmulated(),
  }),
  type: oneOf("good", "service"),
} satisfies Record<Exclude<keyof Stripe.ProductCreateParams, "expand">, unknown>;
const updateParameters = {
  ...sharedParameters,
  name: string(),
  default_price: emptyable(string()),
} satisfies Record<Exclude<keyof Stripe.ProductUpdateParams, "expand">, unknown>;
const searchParameters = { query: required(string()), limit: integer(1, 100), page: string() };
const listParameters = { ...pageParameters, active: boolean(), created: range(), ids: list(string()) };

export const productEndpoints = [
  endpoint("POST", "/v1/products", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => createWithPrice(copy, parameters)),
  ),
  endpoint(
    "GET",
    "/v1/products",
    listParameters,
    ({ context, path }, { active, created, ids, ...paging }) => {
      const isWanted = (product: Stripe.Product) =>
        inRange(product.created, created) &&
        (active === undefined || product.active === active) &&
        (ids === undefined || ids.includes(product.id));
      return page(context.store.all("product").filter(isWanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/products/search", searchParameters, search),
  endpoint("GET", "/v1/products/:id", {}, ({ context, id }) => context.store.get("product", id)),
  endpoint("POST", "/v1/products/:id", updateParameters, update),
  endpoint("DELETE", "/v1/products/:id", {}, remove),
];

/** Stores a product: `product.created`. */
export function createProduct(
  context: Context,
  {
    metadata: given,
    id = newId("prod", 14),
    ...fields
  }: { name: string; id?: string; metadata?: MetadataChange } & Partial<Omit<Stripe.Product, "metadata">>,
): Stripe.Product {
  if (context.store.find("product", id) !== undefined) {
    throw invalidRequest("Product already exists.", "resource_already_exists", "id");
  }
  const now = context.clock.now();
  const product = context.store.put("product", {
    id,
    object: "product",
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: changedMetadata({}, given),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: now,
    url: null,
    ...fields,
  });
  context.emit("product.created", product);
  return product;
}

/** Stores a product and its default price, if one is given: `product.created`, `price.created`, `product.updated`. */
function createWithPrice(
  context: Context,
  { default_price_data: data, marketing_features: features, ...fields }: Parsed<typeof createParameters>,
): Stripe.Product {
  const product = createProduct(context, {
    ...fields,
    ...present({ marketing_features: features ?? undefined }),
  });
  if (data === undefined) return product;
  const price = storePrice(context, { ...data, product: product.id }, "default_price_data");
  const priced = context.store.patch("product", product, { default_price: price.id });
  context.emit("product.updated", priced, previousAttributes(product, priced));
  return priced;
}

const SEARCHED_FIELDS: Readonly<Record<string, FieldText<Stripe.Product>>> = {
  active: ({ active }) => String(active),
  description: ({ description }) => description,
  name: ({ name }) => name,
  shippable: ({ shippable }) => String(shippable),
  url: ({ url: address }) => address,
  metadata: ({ metadata: entries }, key) => (Object.hasOwn(entries, key) ? (entries[key] ?? null) : null),
};

function search(
  { context, path }: Call,
  { query, limit, page: after }: Parsed<typeof searchParameters>,
): Stripe.ApiSearchResult<Stripe.Product> {
  const isWanted = readSearchQuery(query, SEARCHED_FIELDS);
  const paging = present({ limit, starting_after: after });
  const { data, has_more } = page(context.store.all("product"), paging, path, isWanted);
  const next = has_more ? (data.at(-1)?.id ?? null) : null;
  return { object: "search_result", data, has_more, next_page: next, url: path };
}

function update(
  { context, id }: Call,
  { metadata: given, marketing_features: features, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Product {
  const before = context.store.get("product", id);
  if (typeof fields.default_price === "string") {
    const price = context.store.get("price", fields.default_price, "default_price");
    if (price.product !== id) {
      throw invalidRequest(`The price ${price.id} is for another product.`, undefined, "default_price");
    }
  }
  const after = context.store.patch("product", before, {
    ...fields,
    ...(features === undefined ? {} : { marketing_features: features ?? [] }),
    metadata: changedMetadata(before.metadata, given),
    updated: context.clock.now(),
  });
  context.emit("product.updated", after, previousAttributes(before, after));
  return after;
}

function remove({ context, id }: Call): Stripe.DeletedProduct {
  const product = context.store.get("product", id);
  if (context.store.all("price").some((price) => price.product === id)) {
    throw invalidRequest("This product cannot be deleted because it has one or more user-created prices.");
  }
  context.store.remove("product", id);
  context.emit("product.deleted", product);
  return { id, object: "product", deleted: true };
}
