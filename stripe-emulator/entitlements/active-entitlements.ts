/** Which features a customer may use: those of the products in its subscriptions. */
import { isDeepStrictEqual } from "node:util";
import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import type { Context } from "../state/context.ts";
import type { Store } from "../state/store.ts";

type ActiveEntitlement = Stripe.Entitlements.ActiveEntitlement;

/** The states in which a subscription entitles: Stripe revokes nothing while a payment is late or collection is paused. */
const ENTITLING: ReadonlySet<string> = new Set(["active", "trialing", "past_due", "paused"]);
/** A summary lists ten at most; the rest has to be listed. */
const SUMMARY_LIMIT = 10;

/** After an event about a subscription: what follows from it for the entitlements of its customer. */
export function followWithEntitlements(context: Context, type: string, object: object): void {
  if (type.startsWith("customer.subscription.") && "customer" in object)
    updateEntitlements(context, String(object.customer));
}

/** For every customer with a subscription to the product, whose features have changed. */
export function updateEntitlementsOfProduct(context: Context, product: string): void {
  const customers = context.store
    .all("subscription")
    .filter(({ items }) => items.data.some(({ price }) => price.product === product))
    .map(({ customer }) => String(customer));
  for (const customer of new Set(customers)) updateEntitlements(context, customer);
}

/** When they have changed: `entitlements.active_entitlement_summary.updated`. Those that stay keep their ids. */
function updateEntitlements({ store, emit }: Context, customer: string): void {
  const before = store.activeEntitlements.get(customer) ?? [];
  const features = entitledFeatures(store, customer);
  const kept = before.filter(({ feature }) => features.some(({ id }) => id === feature));
  const gained = features
    .filter(({ id }) => !before.some(({ feature }) => feature === id))
    .map(
      (feature): ActiveEntitlement => ({
        id: newId("ent_test", 32),
        object: "entitlements.active_entitlement",
        feature: feature.id,
        livemode: false,
        lookup_key: feature.lookup_key,
      }),
    );
  const after = [...kept, ...gained];
  if (isDeepStrictEqual(before, after)) return;
  store.activeEntitlements.set(customer, after);
  emit("entitlements.active_entitlement_summary.updated", summaryOf(customer, after), {
    entitlements: summaryOf(customer, before).entitlements,
  });
}

function entitledFeatures(store: Store, customer: string): Stripe.Entitlements.Feature[] {
  const products = new Set(
    store
      .all("subscription")
      .filter((subscription) => subscription.customer === customer && ENTITLING.has(subscription.status))
      .flatMap(({ items }) => items.data.map(({ price }) => String(price.product))),
  );
  const ids = store
    .all("product_feature")
    .filter(({ product }) => products.has(product))
    .map(({ feature }) => feature);
  return [...new Set(ids)].map((id) => store.get("entitlements.feature", id));
}

function summaryOf(
  customer: string,
  entitlements: readonly ActiveEntitlement[],
): Stripe.Entitlements.ActiveEntitlementSummary {
  return {
    object: "entitlements.active_entitlement_summary",
    customer,
    entitlements: page(entitlements, { limit: SUMMARY_LIMIT }, `/v1/customer/${customer}/entitlements`),
    livemode: false,
  };
}
