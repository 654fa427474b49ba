import Stripe from "stripe";
import type { Context } from "../state/context.ts";

type Store = Context["store"];

/** What a quantity costs, before discounts and taxes, in the smallest unit of the currency. */
export function amountFor(store: Store, price: Stripe.Price, quantity: number, currency: string): number {
  const units = transformed(price, quantity);
  const hidden = store.hiddenFields.get(price.id);
  const option = currency === price.currency ? undefined : hidden?.price_currency_options?.[currency];
  if (price.billing_scheme === "tiered") {
    return tieredAmount(option?.tiers ?? hidden?.tiers ?? [], price.tiers_mode, units);
  }
  const unit = option === undefined ? price.unit_amount_decimal : option.unit_amount_decimal;
  return whole(times(unit, units));
}

/** Whether the price can be charged in the currency: its own one, or one of its options. */
export function hasCurrency(store: Store, price: Stripe.Price, currency: string): boolean {
  const options = store.hiddenFields.get(price.id)?.price_currency_options ?? {};
  return price.currency === currency || Object.hasOwn(options, currency);
}

/** Rounds to whole units, halves away from zero. */
export function whole(amount: Stripe.Decimal): number {
  return amount.round("half-up", { mode: "decimal-places", value: 0 }).toNumber();
}

export function times(unit: Stripe.Decimal | null | undefined, quantity: number): Stripe.Decimal {
  return (unit ?? Stripe.Decimal.zero).mul(Stripe.Decimal.from(quantity));
}

/** The number of units to pay for: packages of `divide_by` units, for example. */
function transformed({ transform_quantity: transform }: Stripe.Price, quantity: number): number {
  if (transform === null) return quantity;
  const packages = quantity / transform.divide_by;
  return transform.round === "up" ? Math.ceil(packages) : Math.floor(packages);
}

function tieredAmount(
  tiers: readonly Stripe.Price.Tier[],
  mode: Stripe.Price["tiers_mode"],
  quantity: number,
): number {
  if (mode === "volume") {
    const tier = tiers.find(({ up_to: limit }) => limit === null || quantity <= limit);
    return tier === undefined ? 0 : whole(tierAmount(tier, quantity));
  }
  let sum = Stripe.Decimal.zero;
  let from = 0;
  for (const tier of tiers) {
    if (quantity <= from && from > 0) break;
    const upTo = Math.min(quantity, tier.up_to ?? quantity);
    sum = sum.add(tierAmount(tier, upTo - from));
    from = upTo;
    if (from >= quantity) break;
  }
  return whole(sum);
}

/** A tier's flat amount is due even when the quantity is 0, as at Stripe for the first tier. */
function tierAmount(tier: Stripe.Price.Tier, quantity: number): Stripe.Decimal {
  return times(tier.unit_amount_decimal, quantity).add(tier.flat_amount_decimal ?? Stripe.Decimal.zero);
}
