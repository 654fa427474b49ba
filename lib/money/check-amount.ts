/** Checks whether an amount can be charged, before the call to Stripe. Pure. */
import type { FieldIssue } from "../errors.ts";
import { amountStep, isCurrency, maximumAmount, minimumAmount } from "./currencies.ts";
import { formatMoney } from "./format-money.ts";

/** The issues of `amount` (in the currency's smallest unit) and `currency`, at the paths of those names. */
export function checkAmount(amount: number, currency: string): FieldIssue[] {
  if (!isCurrency(currency)) return [{ path: "currency", message: currencyMessage(currency) }];
  const message = amountMessage(amount, currency);
  return message === undefined ? [] : [{ path: "amount", message }];
}

function currencyMessage(currency: string): string {
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
