import Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { HiddenFields } from "../state/store.ts";
import type { GivenCurrencyOption, GivenTier } from "./price-parameters.ts";
import { unitAmounts } from "./store-price.ts";

/** The tiers of a price. Throws a 400 unless they ascend and the last one has no limit. */
export function tiersOf(given: readonly GivenTier[], param = "tiers"): Stripe.Price.Tier[] {
  const limits = given.map(({ up_to: limit }) => (limit === "inf" ? null : limit));
  for (const [index, limit] of limits.entries()) {
    const isLast = index === limits.length - 1;
    const previous = index === 0 ? 0 : (limits[index - 1] ?? 0);
    if (isLast ? limit === null : limit !== null && limit > previous) continue;
    throw invalidRequest(
      "`up_to` must ascend from tier to tier, and be `inf` in the last one only.",
      undefined,
      `${param}[${index}][up_to]`,
    );
  }
  return given.map((tier, index) => {
    const unit = exact(tier.unit_amount, tier.unit_amount_decimal);
    const flat = exact(tier.flat_amount, tier.flat_amount_decimal);
    if (unit === undefined && flat === undefined) {
      throw invalidRequest(
        "A tier needs a unit_amount or a flat_amount.",
        "parameter_missing",
        `${param}[${index}][unit_amount]`,
      );
    }
    const { unit_amount, unit_amount_decimal } = unitAmounts(unit);
    const { unit_amount: flat_amount, unit_amount_decimal: flat_amount_decimal } = unitAmounts(flat);
    return {
      flat_amount,
      flat_amount_decimal,
      unit_amount,
      unit_amount_decimal,
      up_to: limits[index] ?? null,
    };
  });
}

/** The amounts of a price in other currencies, by lower-case code. */
export function currencyOptionsOf(
  given: Readonly<Record<string, GivenCurrencyOption>>,
): NonNullable<HiddenFields["price_currency_options"]> {
  const entries = Object.entries(given).map(([code, option]): [string, Stripe.Price.CurrencyOptions] => {
    const amount = exact(option.unit_amount, option.unit_amount_decimal);
    const param = `currency_options[${code}]`;
    if (amount === undefined && option.tiers === undefined) {
      throw invalidRequest(
        `Missing required param: ${param}[unit_amount].`,
        "parameter_missing",
        `${param}[unit_amount]`,
      );
    }
    return [
      code.toLowerCase(),
      {
        custom_unit_amount: null,
        tax_behavior: option.tax_behavior ?? "unspecified",
        ...present({ tiers: option.tiers && tiersOf(option.tiers, `${param}[tiers]`) }),
        ...unitAmounts(amount),
      },
    ];
  });
  return Object.fromEntries(entries);
}

function exact(whole: number | undefined, decimal: Stripe.Decimal | undefined): Stripe.Decimal | undefined {
  return decimal ?? (whole === undefined ? undefined : Stripe.Decimal.from(whole));
}
