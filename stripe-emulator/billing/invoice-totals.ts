import type Stripe from "stripe";
import { amountRefusal } from "../protocol/currencies.ts";
import type { Context } from "../state/context.ts";
import { balanceIn } from "./customer-balance.ts";
import { currentDiscounts } from "./discount.ts";
import { discountAmounts } from "./discount-amounts.ts";
import { sumOf, taxesOn, totalTaxes } from "./taxes.ts";

type Store = Context["store"];

/** A line before discounts and taxes are computed, with the tax rates that it brings along. */
export interface DraftLine {
  line: Stripe.InvoiceLineItem;
  /** Empty: those of the invoice apply. */
  taxRates: readonly Stripe.TaxRate[];
}

/**
 * The invoice with these lines: discounts, taxes and totals computed again. `amount_due` counts the customer's balance in,
 * as it is now. `now` is in unix seconds; the discounts that have ended by then do not count.
 */
export function withTotals(
  { store }: Pick<Context, "store">,
  invoice: Stripe.Invoice,
  drafts: readonly DraftLine[],
  now: number,
): Stripe.Invoice {
  const lines = discountedLines(store, invoice, drafts, now).map((line, index) => {
    const ownRates = drafts[index]?.taxRates ?? [];
    const rates = ownRates.length > 0 ? ownRates : invoice.default_tax_rates;
    return { ...line, taxes: taxesOn(netOf(line), rates, invoice.customer_tax_exempt) };
  });
  const sum = (amountOf: (line: Stripe.InvoiceLineItem) => number) =>
    lines.reduce((total, line) => total + amountOf(line), 0);
  const subtotal = sum((line) => line.amount);
  const net = sum(netOf);
  const exclusive = sum((line) => sumOf(line.taxes ?? [], "exclusive"));
  const inclusive = sum((line) => sumOf(line.taxes ?? [], "inclusive"));
  const total = net + exclusive;
  const discounts = sumsByDiscount(lines);
  const balance = balanceIn({ store }, String(invoice.customer), invoice.currency);
  const due = amountDue(total + balance, invoice.currency);
  return {
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    lines: { ...invoice.lines, data: lines },
    starting_balance: balance,
    subtotal,
    subtotal_excluding_tax: subtotal - inclusive,
    total,
    total_discount_amounts: discounts,
    total_excluding_tax: net - inclusive,
    total_pretax_credit_amounts: discounts.map((amount) => ({ ...amount, type: "discount" })),
    total_taxes: totalTaxes(lines.map((line) => line.taxes ?? [])),
  };
}

/** What of an amount is charged: nothing if it is negative, or smaller than Stripe's smallest charge. */
export function amountDue(amount: number, currency: string): number {
  const isTooSmall = amountRefusal(amount, currency)?.code === "amount_too_small";
  return isTooSmall ? 0 : amount;
}

/** The amount of a line after its discounts, in the smallest unit. */
export function netOf(line: Stripe.InvoiceLineItem): number {
  return (line.discount_amounts ?? []).reduce((net, { amount }) => net - amount, line.amount);
}

function discountedLines(
  store: Store,
  invoice: Stripe.Invoice,
  drafts: readonly DraftLine[],
  now: number,
): Stripe.InvoiceLineItem[] {
  const discountables = drafts.map(({ line }) => ({
    amount: line.amount,
    discountable: line.discountable,
    product: line.pricing?.price_details?.product,
    discounts: currentDiscounts(store, line.discounts, now),
  }));
  const invoiceDiscounts = currentDiscounts(store, invoice.discounts, now);
  const amounts = discountAmounts(store, invoice.currency, discountables, invoiceDiscounts);
  return drafts.map(({ line }, index) => {
    const discount_amounts = amounts[index] ?? [];
    const pretax = discount_amounts.map((amount) => ({ ...amount, type: "discount" as const }));
    return { ...line, discount_amounts, pretax_credit_amounts: pretax };
  });
}

function sumsByDiscount(lines: readonly Stripe.InvoiceLineItem[]): Stripe.Invoice.TotalDiscountAmount[] {
  const sums = new Map<string, number>();
  for (const { amount, discount } of lines.flatMap((line) => line.discount_amounts ?? [])) {
    const id = String(discount);
    sums.set(id, (sums.get(id) ?? 0) + amount);
  }
  return [...sums].map(([discount, amount]) => ({ amount, discount }));
}
