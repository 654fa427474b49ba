/** The features of products, by which an application shows what a price gives access to. */
import { mapAtOnce } from "../../lib/map-at-once.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import type { StripeCall } from "../../lib/stripe/stripe-client.ts";
import { fieldOf, textOf } from "../../lib/untrusted.ts";

/** So that one page of prices leaves most of the account's rate limit to payments. */
const MOST_AT_ONCE = 10;

/** The lookup keys of each product's features, in alphabetical order. Stripe has one list for each product. */
export async function featuresOf(
  productIds: ReadonlySet<string>,
  context: StripeCall,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await mapAtOnce([...productIds], MOST_AT_ONCE, async (id) => {
    return [id, await lookupKeys(id, context)] as const;
  });
  return new Map(found);
}

async function lookupKeys(productId: string, context: StripeCall): Promise<readonly string[]> {
  const features = await allOf(`/v1/products/${encodeURIComponent(productId)}/features`, context);
  return features
    .flatMap((feature) => textOf(fieldOf(feature.entitlement_feature, "lookup_key")) ?? [])
    .sort();
}
