import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  type MetadataChange,
  metadata,
  pageParameters,
  range,
  url,
} from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  list,
  notEmulated,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const sharedParameters = {
  active: boolean(),
  description: emptyable(string()),
  images: list(string(), 8),
  metadata: metadata(),
  shippable: boolean(),
  statement_descriptor: string(22),
  unit_label: emptyable(string(12)),
  url: emptyable(url()),
  marketing_features: notEmulated(),
  package_dimensions: notEmulated(),
  tax_code: notEmulated(),
  tax_details: notEmulated(),
};
const createParameters = {
  ...sharedParameters,
  name: required(string()),
  id: string(),
  default_price_data: notEmulated(),
  type: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.ProductCreateParams, "expand">, unknown>;
const updateParameters = {
  ...sharedParameters,
  name: string(),
  default_price: string(),
} satisfies Record<Exclude<keyof Stripe.ProductUpdateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, active: boolean(), created: range(), ids: list(string()) };

export const productEndpoints = [
  endpoint("POST", "/v1/products", createParameters, ({ context }, fields) => createProduct(context, fields)),
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

function update(
  { context, id }: Call,
  { metadata: given, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Product {
  const before = context.store.get("product", id);
  if (fields.default_price !== undefined) context.store.get("price", fields.default_price, "default_price");
  const after = context.store.patch("product", before, {
    ...fields,
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
