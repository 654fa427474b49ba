import type Stripe from "stripe";
import { updateEntitlementsOfProduct } from "../entitlements/active-entitlements.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { pageParameters } from "../protocol/parameter-kinds.ts";
import { type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import type { AttachedFeature } from "../state/store.ts";
import { type Call, endpoint } from "./endpoint.ts";

const attachParameters = {
  entitlement_feature: required(string()),
} satisfies Record<Exclude<keyof Stripe.ProductCreateFeatureParams, "expand">, unknown>;

export const productFeatureEndpoints = [
  endpoint("POST", "/v1/products/:id/features", attachParameters, attach),
  endpoint("GET", "/v1/products/:id/features", pageParameters, ({ context, id, path }, paging) => {
    const ofProduct = ({ product }: AttachedFeature) => product === context.store.get("product", id).id;
    const { data, ...list } = page(context.store.all("product_feature"), paging, path, ofProduct);
    return { ...list, data: data.map((attached) => productFeature(context, attached)) };
  }),
  endpoint("GET", "/v1/products/:id/features/:item", {}, (call) =>
    productFeature(call.context, attachedOf(call)),
  ),
  endpoint("DELETE", "/v1/products/:id/features/:item", {}, detach),
];

function attach(
  { context, id }: Call,
  { entitlement_feature: featureId }: Parsed<typeof attachParameters>,
): Stripe.ProductFeature {
  const { store } = context;
  store.get("product", id);
  const feature = store.get("entitlements.feature", featureId, "entitlement_feature");
  if (!feature.active) {
    throw invalidRequest(
      `The feature ${featureId} is archived: it cannot be attached to a product.`,
      undefined,
      "entitlement_feature",
    );
  }
  if (store.all("product_feature").some((other) => other.product === id && other.feature === featureId)) {
    throw invalidRequest(
      `The feature ${featureId} is already attached to this product.`,
      "resource_already_exists",
      "entitlement_feature",
    );
  }
  const attached = store.put("product_feature", { id: newId("prodft"), product: id, feature: featureId });
  updateEntitlementsOfProduct(context, id);
  return productFeature(context, attached);
}

function detach(call: Call): Stripe.DeletedProductFeature {
  const { context, id } = call;
  const attached = attachedOf(call);
  context.store.remove("product_feature", attached.id);
  updateEntitlementsOfProduct(context, id);
  return { id: attached.id, object: "product_feature", deleted: true };
}

function attachedOf({ context, id, itemId }: Call): AttachedFeature {
  const attached = context.store.find("product_feature", itemId);
  if (attached?.product !== id) throw resourceMissing("product_feature", itemId);
  return attached;
}

function productFeature({ store }: Context, { id, feature }: AttachedFeature): Stripe.ProductFeature {
  return {
    id,
    object: "product_feature",
    entitlement_feature: store.get("entitlements.feature", feature),
    livemode: false,
  };
}
