/** Checks the prices of the lines at Stripe, before anything is created. */
import type { Inputs } from "../../generated/capabilities/stripe-create-checkout-session.ts";
import { invalidField } from "../../lib/errors.ts";
import { mapAtOnce } from "../../lib/map-at-once.ts";
import { readStripe, type StripeCall } from "../../lib/stripe/stripe-client.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { fieldOf, isRecord } from "../../lib/untrusted.ts";

const MOST_AT_ONCE = 10;
/** The ids of old prices are chosen by the account. A name of dots would be another address. */
const ID = /^(?!\.+$)[\w.-]{1,255}$/;

export interface OrderedPrice {
  readonly priceId: string;
  /** Left out for a metered price: its usage is the quantity. */
  readonly quantity?: number;
  /** Undefined for a price that is paid once. */
  readonly subscribedProductId: string | undefined;
}

type Line = NonNullable<Inputs["lines"]>[number];

/** Throws VALIDATION_FAILED at the line whose price does not exist, is not active, or does not fit the mode. */
export async function orderedPrices(
  { lines = [], mode }: Inputs,
  context: StripeCall,
): Promise<readonly OrderedPrice[]> {
  const prices = await mapAtOnce(lines, MOST_AT_ONCE, (line, index) =>
    orderedPrice(line, `lines.${index}`, mode, context),
  );
  if (mode === "subscription" && prices.every(({ subscribedProductId }) => subscribedProductId === undefined))
    throw invalidField("lines", "must have a recurring price to subscribe");
  return prices;
}

async function orderedPrice(
  { priceId, quantity }: Line,
  path: string,
  mode: Inputs["mode"],
  context: StripeCall,
): Promise<OrderedPrice> {
  const price = ID.test(priceId) ? await readStripe(`/v1/prices/${priceId}`, context) : undefined;
  if (price === undefined) throw invalidField(`${path}.priceId`, "does not exist at Stripe");
  if (price.active !== true) throw invalidField(`${path}.priceId`, "is not active");
  const isRecurring = isRecord(price.recurring);
  if (mode === "payment" && isRecurring)
    throw invalidField(`${path}.priceId`, "is a recurring price, which is paid in the mode subscription");
  const subscribedProductId = isRecurring ? idOf(price.product) : undefined;
  if (fieldOf(price.recurring, "usage_type") !== "metered")
    return { priceId, quantity: quantity ?? 1, subscribedProductId };
  if (quantity === undefined) return { priceId, subscribedProductId };
  throw invalidField(`${path}.quantity`, "must be left out: the price is metered");
}
