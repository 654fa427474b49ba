/** Checks whether an amount can be charged, before the call to Stripe. Pure. */
import type { FieldIssue } from "../errors.ts";
import { amountStep, isCurrency, maximumAmount, minimumAmount } from "./currencies.ts";
import { formatMoney } from "./format-money.ts";

/** The issues of `amount` (in the currency's smallest unit) and `currency`, at the paths of those names. */
export function checkAmount(amount: number, currency: string): FieldIssue[] {
  const mistake = currencyMistake(currency);
  if (mistake !== undefined) return [{ path: "currency", message: mistake }];
  const message = amountMessage(amount, currency);
  return message === undefined ? [] : [{ path: "amount", message }];
}

/** Why this cannot be a currency, as the end of a sentence; undefined for one that Stripe supports. */
export function currencyMistake(currency: string): string | undefined {
  if (isCurrency(currency)) return undefined;
  const lower = currency.toLowerCase();
  return isCurrency(lower)
    ? `must be in lowercase: "${lower}"`
    : 'must be a currency that Stripe supports, as three lowercase letters such as "usd"';
}

function amountMessage(amount: number, currency: string): string | undefined {
  if (!Number.isInteger(amount)) {
    return "must be a whole number in the currency's smallest unit: $10.50 is 1050";
  }
  const minimum = minimumAmount(currency);
  if (amount < minimum) return `must be at least ${minimum} (${formatMoney({ amount: minimum, currency })})`;
  const maximum = maximumAmount(currency);
  if (amount > maximum) return `must be at most ${maximum} (${formatMoney({ amount: maximum, currency })})`;
  const step = amountStep(currency);
  if (amount % step !== 0) return `must be a multiple of ${step} in ${currency}`;
  return undefined;
}
