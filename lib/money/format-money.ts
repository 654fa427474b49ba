/** Formats money as people write it. Pure. */
import { decimalsOf } from "./currencies.ts";

export interface Money {
  /** In the currency's smallest unit. */
  readonly amount: number;
  /** ISO 4217, lowercase, as at Stripe. */
  readonly currency: string;
}

/** "$42.00", "¥500", "€9.99". */
export function formatMoney({ amount, currency }: Money, locale = "en-US"): string {
  const decimals = decimalsOf(currency);
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: currency.toUpperCase(),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(amount / 10 ** decimals);
}
