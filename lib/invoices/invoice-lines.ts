/** The lines of an invoice as callers send them: their checks, and what Stripe gets. Pure. */
import { invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";
import { currencyMistake } from "../money/check-amount.ts";
import { amountStep, maximumAmount } from "../money/currencies.ts";
import { decimalOf } from "../stripe/decimal.ts";
import type { StripeParameters } from "../stripe/stripe-parameters.ts";

export interface InvoiceLine {
  readonly description: string;
  /** Of one unit, in the currency's smallest unit. A negative one is a deduction. */
  readonly amount: number;
  /** By default 1. */
  readonly quantity?: number;
  /** That of the invoice: an invoice has one currency. */
  readonly currency?: string;
}

/** Each line is a request to Stripe, and all of them have to fit into one call. */
export const MAX_LINES = 50;

/** What the line adds to the invoice, in the currency's smallest unit. */
export const lineTotal = ({ amount, quantity = 1 }: InvoiceLine): number => amount * quantity;

/** The sum of the lines, before discounts and taxes. */
export const subtotalOf = (lines: readonly InvoiceLine[]): number =>
  lines.reduce((sum, line) => sum + lineTotal(line), 0);

/** Throws VALIDATION_FAILED, at the field of the line, for lines that cannot be an invoice in this currency. */
export function checkLines(lines: readonly InvoiceLine[], currency: string): void {
  const issues = new IssueList();
  const mistake = currencyMistake(currency);
  if (mistake !== undefined) issues.add("currency", mistake);
  else if (lines.length === 0) issues.add("lines", "must have at least one line");
  else if (lines.length > MAX_LINES) issues.add("lines", `may have at most ${MAX_LINES} lines`);
  else {
    for (const [index, line] of lines.entries()) noteMistakes(line, `lines.${index}`, currency, issues);
    if (issues.isEmpty) noteSum(subtotalOf(lines), currency, issues);
  }
  if (!issues.isEmpty) throw invalidFields(issues);
}

function noteMistakes(line: InvoiceLine, path: string, currency: string, issues: IssueList): void {
  if (line.description.trim() === "") issues.add(`${path}.description`, "must not be blank: payers read it");
  if (line.currency !== undefined && line.currency !== currency)
    issues.add(`${path}.currency`, `must be ${currency}, the currency of the invoice, or left out`);
  const step = amountStep(currency);
  const maximum = maximumAmount(currency);
  if (!Number.isInteger(line.amount))
    issues.add(`${path}.amount`, "must be a whole number in the currency's smallest unit: $10.50 is 1050");
  else if (line.amount % step !== 0)
    issues.add(`${path}.amount`, `must be a multiple of ${step} in ${currency}`);
  else if (Math.abs(line.amount) > maximum)
    issues.add(`${path}.amount`, `must be between -${maximum} and ${maximum}`);
  else if (Math.abs(lineTotal(line)) > maximum)
    issues.add(`${path}.quantity`, `makes the line more than ${maximum}, the highest amount in ${currency}`);
}

function noteSum(sum: number, currency: string, issues: IssueList): void {
  const maximum = maximumAmount(currency);
  if (sum < 0) issues.add("lines", `add up to ${sum}; deductions must not be more than what is invoiced`);
  if (sum > maximum) issues.add("lines", `add up to ${sum}; an invoice in ${currency} may have ${maximum}`);
}

/** What Stripe needs to know about a line. A whole amount for several units would not let Stripe show their number. */
export function stripeLine({ description, amount, quantity = 1 }: InvoiceLine) {
  return { description, quantity, unit_amount_decimal: decimalOf(amount) };
}

/** The fields of a line, by the parameters in a request that has `prefix` around them, such as `invoice_items[0]`. */
export function lineParameters(index: number, prefix?: string): StripeParameters {
  const inside = (name: string) => (prefix === undefined ? name : `${prefix}[${name}]`);
  return {
    [`lines.${index}.description`]: inside("description"),
    [`lines.${index}.amount`]: [inside("unit_amount_decimal"), inside("amount")],
    [`lines.${index}.quantity`]: inside("quantity"),
    [`lines.${index}.currency`]: inside("currency"),
    ...(prefix === undefined ? {} : { [`lines.${index}`]: prefix }),
  };
}
