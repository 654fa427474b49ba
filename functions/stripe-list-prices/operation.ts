/** Lists active prices of active products, with what a page of prices shows of each. */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-list-prices.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { featuresOf } from "./product-features.ts";

const parameters: ParametersOf<Inputs> = {
  productId: "product",
  lookupKeys: "lookup_keys",
  limit: "limit",
  after: "starting_after",
};

type Item = Outputs["items"][number];

export const listPrices: Operation<Inputs, Outputs> = async (
  { productId, lookupKeys, limit, after },
  context,
) => {
  const page = await withStripe(context, parameters, (stripe, options) =>
    stripe.prices.list(
      {
        active: true,
        limit,
        expand: ["data.product"],
        ...present({ product: productId, lookup_keys: lookupKeys, starting_after: after }),
      },
      options,
    ),
  );
  const sold = page.data.flatMap((price) => {
    const { product } = price;
    return typeof product === "object" && !product.deleted && product.active ? [{ price, product }] : [];
  });
  const features = await featuresOf(new Set(sold.map(({ product }) => product.id)), context);
  return {
    items: sold.map(({ price, product }) => itemOf(price, product, features.get(product.id) ?? [])),
    ...present({ next: page.has_more ? page.data.at(-1)?.id : undefined }),
  };
};

function itemOf(price: Stripe.Price, product: Stripe.Product, features: readonly string[]): Item {
  const { recurring } = price;
  return {
    priceId: price.id,
    productId: product.id,
    productName: product.name,
    currency: price.currency,
    ...amountOf(price),
    features: [...features],
    ...present({
      description: product.description || undefined,
      interval: recurring?.interval,
      intervalCount: recurring?.interval_count,
      usageMeterId: recurring?.meter ?? undefined,
      trialDays: recurring?.trial_period_days || undefined,
      lookupKey: price.lookup_key ?? undefined,
    }),
  };
}

function amountOf(price: Stripe.Price): Pick<Item, "amount" | "amountDecimal" | "amountBasis"> {
  if (price.custom_unit_amount !== null) return { amountBasis: "payer-chosen" };
  if (price.billing_scheme === "tiered") return { amountBasis: "tiered" };
  if (price.unit_amount !== null) return { amountBasis: "fixed", amount: price.unit_amount };
  return { amountBasis: "fixed", ...present({ amountDecimal: price.unit_amount_decimal?.toString() }) };
}
