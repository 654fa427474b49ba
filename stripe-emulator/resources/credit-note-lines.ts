import Stripe from "stripe";
import { times, whole } from "../billing/price-amount.ts";
import { share } from "../billing/rounding.ts";
import { sumOf, taxesOn } from "../billing/taxes.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { decimal, metadata } from "../protocol/parameter-kinds.ts";
import {
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { taxRatesOf } from "./tax-rate-ids.ts";

const lineFields = {
  type: required(oneOf("custom_line_item", "invoice_line_item")),
  amount: integer(1),
  description: string(),
  invoice_line_item: string(),
  metadata: metadata(),
  quantity: integer(1),
  tax_rates: emptyable(list(string())),
  unit_amount: integer(0),
  unit_amount_decimal: decimal(),
  tax_amounts: notEmulated(),
} satisfies Record<keyof Stripe.CreditNoteCreateParams.Line, unknown>;

/** What a credit note credits: parts of lines of its invoice, or amounts of their own. */
export const linesParameter = list(hash(lineFields), 250);
type GivenLine = Parsed<typeof lineFields>;

/** The lines of a credit note. Throws a 400 that names the parameter of the line. */
export function creditNoteLines(
  context: Context,
  invoice: Stripe.Invoice,
  given: readonly GivenLine[],
): Stripe.CreditNoteLineItem[] {
  return given.map((line, index) => {
    const param = `lines[${index}]`;
    return line.type === "invoice_line_item"
      ? creditedLine(invoice, line, param)
      : customLine(context, invoice, line, param);
  });
}

/** The line of a credit note that credits an amount without saying for what. */
export function amountLine(amount: number): Stripe.CreditNoteLineItem {
  return {
    ...emptyLine(),
    amount,
    quantity: 1,
    unit_amount: amount,
    unit_amount_decimal: Stripe.Decimal.from(amount),
  };
}

/** What a line credits in the end: after discounts, with taxes. */
export function totalOf(line: Stripe.CreditNoteLineItem): number {
  return line.amount - line.discount_amount + sumOf(line.taxes ?? [], "exclusive");
}

function creditedLine(invoice: Stripe.Invoice, given: GivenLine, param: string): Stripe.CreditNoteLineItem {
  const line = invoice.lines.data.find(({ id }) => id === given.invoice_line_item);
  if (line === undefined) {
    throw invalidRequest(
      `The invoice ${invoice.id} has no line '${given.invoice_line_item ?? ""}'.`,
      "resource_missing",
      `${param}[invoice_line_item]`,
    );
  }
  if ((given.quantity === undefined) === (given.amount === undefined)) {
    throw invalidRequest("Pass either quantity or amount.", "parameter_missing", `${param}[quantity]`);
  }
  const quantity = line.quantity ?? 1;
  const amount = given.amount ?? share(line.amount, given.quantity ?? 0, quantity);
  if (amount > line.amount) {
    throw invalidRequest(
      `The line ${line.id} has only ${line.amount} to credit.`,
      undefined,
      `${param}[${given.amount === undefined ? "quantity" : "amount"}]`,
    );
  }
  const part = (whole: number) => share(whole, amount, line.amount);
  const discounts = (line.discount_amounts ?? []).map((discount) => ({
    ...discount,
    amount: part(discount.amount),
  }));
  return {
    ...emptyLine(),
    amount,
    description: given.description ?? line.description,
    discount_amount: discounts.reduce((sum, discount) => sum + discount.amount, 0),
    discount_amounts: discounts,
    invoice_line_item: line.id,
    pretax_credit_amounts: discounts.map((discount) => ({ ...discount, type: "discount" })),
    quantity: given.quantity ?? null,
    taxes: (line.taxes ?? []).map((tax) => ({
      ...tax,
      amount: part(tax.amount),
      taxable_amount: part(tax.taxable_amount ?? 0),
    })),
    type: "invoice_line_item",
    unit_amount: null,
    unit_amount_decimal: null,
  };
}

function customLine(
  context: Context,
  invoice: Stripe.Invoice,
  given: GivenLine,
  param: string,
): Stripe.CreditNoteLineItem {
  const { quantity, description, unit_amount: unit, unit_amount_decimal: unitDecimal } = given;
  const each = unitDecimal ?? (unit === undefined ? undefined : Stripe.Decimal.from(unit));
  const missing = Object.entries({ description, quantity, unit_amount: each }).find(
    ([, value]) => value === undefined,
  );
  if (missing !== undefined) {
    const name = `${param}[${missing[0]}]`;
    throw invalidRequest(`Missing required param: ${name}.`, "parameter_missing", name);
  }
  const rates = taxRatesOf(context, given.tax_rates ?? [], `${param}[tax_rates]`);
  const amount = whole(times(each, quantity ?? 1));
  return {
    ...emptyLine(),
    amount,
    description: description ?? null,
    quantity: quantity ?? 1,
    tax_rates: rates,
    taxes: taxesOn(amount, rates, invoice.customer_tax_exempt),
    unit_amount: unit ?? null,
    unit_amount_decimal: each ?? null,
  };
}

function emptyLine(): Stripe.CreditNoteLineItem {
  return {
    id: newId("cnli"),
    object: "credit_note_line_item",
    amount: 0,
    description: null,
    discount_amount: 0,
    discount_amounts: [],
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity: null,
    tax_rates: [],
    taxes: [],
    type: "custom_line_item",
    unit_amount: null,
    unit_amount_decimal: null,
  };
}
