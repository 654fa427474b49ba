import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters } from "../protocol/parameter-kinds.ts";
import { boolean, type Parsed, required, string } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  lookup_key: required(string(80)),
  name: required(string(80)),
  metadata: metadata(),
} satisfies Record<Exclude<keyof Stripe.Entitlements.FeatureCreateParams, "expand">, unknown>;
const updateParameters = {
  active: boolean(),
  metadata: metadata(),
  name: string(80),
} satisfies Record<Exclude<keyof Stripe.Entitlements.FeatureUpdateParams, "expand">, unknown>;
const listParameters = {
  ...pageParameters,
  archived: boolean(),
  lookup_key: string(80),
} satisfies Record<Exclude<keyof Stripe.Entitlements.FeatureListParams, "expand">, unknown>;
const activeParameters = {
  ...pageParameters,
  customer: required(string()),
} satisfies Record<Exclude<keyof Stripe.Entitlements.ActiveEntitlementListParams, "expand">, unknown>;

export const entitlementEndpoints = [
  endpoint("POST", "/v1/entitlements/features", createParameters, create),
  endpoint(
    "GET",
    "/v1/entitlements/features",
    listParameters,
    // Without the filter, Stripe lists no archived ones.
    ({ context, path }, { archived = false, lookup_key: key, ...paging }) =>
      page(
        context.store.all("entitlements.feature"),
        paging,
        path,
        (feature) => feature.active !== archived && (key === undefined || feature.lookup_key === key),
      ),
  ),
  endpoint("GET", "/v1/entitlements/features/:id", {}, ({ context, id }) =>
    context.store.get("entitlements.feature", id),
  ),
  endpoint("POST", "/v1/entitlements/features/:id", updateParameters, update),
  endpoint("GET", "/v1/entitlements/active_entitlements", activeParameters, listActive),
  endpoint("GET", "/v1/entitlements/active_entitlements/:id", {}, retrieveActive),
];

function create(
  { context }: Call,
  { lookup_key: key, name, metadata: given }: Parsed<typeof createParameters>,
): Stripe.Entitlements.Feature {
  const holder = context.store.all("entitlements.feature").find((feature) => feature.lookup_key === key);
  if (holder !== undefined) {
    const message = `A feature (${holder.id}) already uses that lookup key.`;
    throw invalidRequest(message, "resource_already_exists", "lookup_key");
  }
  return context.store.put("entitlements.feature", {
    id: newId("feat_test", 32),
    object: "entitlements.feature",
    active: true,
    livemode: false,
    lookup_key: key,
    metadata: changedMetadata({}, given),
    name,
  });
}

/** Archiving a feature changes nothing for the products that have it. */
function update(
  { context, id }: Call,
  { metadata: given, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Entitlements.Feature {
  const before = context.store.get("entitlements.feature", id);
  return context.store.patch("entitlements.feature", before, {
    ...fields,
    metadata: changedMetadata(before.metadata, given),
  });
}

function listActive({ context, path }: Call, { customer, ...paging }: Parsed<typeof activeParameters>) {
  context.store.get("customer", customer, "customer");
  return page(context.store.activeEntitlements.get(customer) ?? [], paging, path);
}

function retrieveActive({ context, id }: Call): Stripe.Entitlements.ActiveEntitlement {
  const found = [...context.store.activeEntitlements.values()]
    .flat()
    .find((entitlement) => entitlement.id === id);
  if (found === undefined) throw resourceMissing("entitlements.active_entitlement", id);
  return found;
}
