import type Stripe from "stripe";
import { share } from "./rounding.ts";

/** Percentages have up to four decimals. */
const STEPS_PER_PERCENT = 10_000;

/**
 * The taxes on one line. `net` is its amount after discounts, in the smallest unit; each tax is rounded. Inclusive taxes
 * are a part of `net`, exclusive ones come on top of it. An exempt customer pays none.
 */
export function taxesOn(
  net: number,
  rates: readonly Stripe.TaxRate[],
  exemption: Stripe.Customer["tax_exempt"] | undefined,
): Stripe.InvoiceLineItem.Tax[] {
  const steps = (rate: Stripe.TaxRate) =>
    Math.round((rate.effective_percentage ?? rate.percentage) * STEPS_PER_PERCENT);
  const inclusive = rates.filter((rate) => rate.inclusive).reduce((sum, rate) => sum + steps(rate), 0);
  const whole = 100 * STEPS_PER_PERCENT;
  const isExempt = exemption === "exempt" || exemption === "reverse";
  const included = isExempt ? 0 : share(net, inclusive, whole + inclusive);
  return rates.map((rate) => {
    const amount = rate.inclusive
      ? share(net, steps(rate), whole + inclusive)
      : share(net - included, steps(rate), whole);
    return {
      amount: isExempt ? 0 : amount,
      tax_behavior: rate.inclusive ? "inclusive" : "exclusive",
      tax_rate_details: { tax_rate: rate.id },
      taxability_reason:
        exemption === "exempt"
          ? "customer_exempt"
          : exemption === "reverse"
            ? "reverse_charge"
            : "standard_rated",
      taxable_amount: isExempt ? 0 : net - included,
      type: "tax_rate_details",
    };
  });
}

/** The sums of taxes by rate, in the order in which the rates first occur. */
export function totalTaxes(
  lines: readonly (readonly Stripe.InvoiceLineItem.Tax[])[],
): Stripe.Invoice.TotalTax[] {
  const totals = new Map<string, Stripe.Invoice.TotalTax>();
  for (const tax of lines.flat()) {
    const rate = String(tax.tax_rate_details?.tax_rate);
    const total = totals.get(rate);
    totals.set(rate, {
      ...tax,
      amount: (total?.amount ?? 0) + tax.amount,
      taxable_amount: (total?.taxable_amount ?? 0) + (tax.taxable_amount ?? 0),
    });
  }
  return [...totals.values()];
}

export function sumOf(
  taxes: readonly Stripe.InvoiceLineItem.Tax[],
  behavior: "inclusive" | "exclusive",
): number {
  return taxes.filter((tax) => tax.tax_behavior === behavior).reduce((sum, tax) => sum + tax.amount, 0);
}
