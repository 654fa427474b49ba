/** The prices among which a customer can change in the portal. */
import { createHash } from "node:crypto";
import { allOf } from "../../lib/stripe/all-pages.ts";
import type { StripeCall } from "../../lib/stripe/stripe-client.ts";
import { type Fields, fieldOf, textOf } from "../../lib/untrusted.ts";

/** Stripe's limit. */
const MOST_PRODUCTS = 10;

export interface Offer {
  readonly products: readonly { readonly product: string; readonly prices: string[] }[];
  /** Of the products and prices: equal offers have the same. */
  readonly digest: string;
}

/**
 * The active recurring prices of the newest ten products; of several prices with the same period and currency, the newest one. A metered
 * price is not one that a customer chooses.
 */
export async function offerOf(context: StripeCall): Promise<Offer> {
  const prices = await allOf("/v1/prices", context, {
    active: true,
    type: "recurring",
    expand: ["data.product"],
  });
  const sold = new Map<string, Map<string, string>>();
  for (const price of prices) {
    const product = fieldOf(price.product, "id");
    const isSold = fieldOf(price.product, "active") === true;
    const isLicensed = fieldOf(price.recurring, "usage_type") !== "metered";
    if (!isSold || !isLicensed || typeof product !== "string") continue;
    const byPeriod = sold.get(product) ?? new Map<string, string>();
    sold.set(product, byPeriod);
    const period = periodOf(price);
    if (!byPeriod.has(period)) byPeriod.set(period, String(price.id));
  }
  const products = [...sold]
    .slice(0, MOST_PRODUCTS)
    .map(([product, byPeriod]) => ({ product, prices: [...byPeriod.values()] }));
  const digest = createHash("sha256").update(JSON.stringify(products)).digest("hex").slice(0, 32);
  return { products, digest };
}

function periodOf({ recurring, currency }: Fields): string {
  return [
    textOf(currency),
    textOf(fieldOf(recurring, "interval")),
    fieldOf(recurring, "interval_count"),
  ].join(" ");
}
