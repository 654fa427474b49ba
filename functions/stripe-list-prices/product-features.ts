/** The features of products, by which an application shows what a price gives access to. */
import { allOf } from "../../lib/stripe/all-pages.ts";
import type { StripeCall } from "../../lib/stripe/stripe-client.ts";
import { fieldOf, textOf } from "../../lib/untrusted.ts";

/** So that one page of prices leaves most of the account's rate limit to payments. */
const AT_ONCE = 10;

/** The lookup keys of each product's features, in alphabetical order. Stripe has one list for each product. */
export async function featuresOf(
  productIds: ReadonlySet<string>,
  context: StripeCall,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const waiting = [...productIds];
  const found = new Map<string, readonly string[]>();
  const work = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
      found.set(id, await lookupKeys(id, context));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

async function lookupKeys(productId: string, context: StripeCall): Promise<readonly string[]> {
  const features = await allOf(`/v1/products/${encodeURIComponent(productId)}/features`, context);
  return features
    .flatMap((feature) => textOf(fieldOf(feature.entitlement_feature, "lookup_key")) ?? [])
    .sort();
}
