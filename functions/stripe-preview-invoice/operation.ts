/** Computes an invoice at Stripe, without creating it. */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-preview-invoice.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { lineTotal } from "../../lib/invoices/invoice-lines.ts";
import { previewOfLines } from "./preview-of-lines.ts";
import { previewOfSubscription } from "./preview-of-subscription.ts";

export const previewInvoice: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { subscriptionId, lines = [] } = inputs;
  if (subscriptionId === undefined) {
    const invoice = await previewOfLines(inputs, context);
    return outputsOf(
      invoice,
      lines.map((line) => ({ description: line.description, amount: lineTotal(line) })),
    );
  }
  const invoice = await previewOfSubscription(subscriptionId, context);
  return outputsOf(
    invoice,
    invoice.lines.data.map(({ description, amount }) => ({ description: description ?? "", amount })),
  );
};

function outputsOf(invoice: Stripe.Invoice, lines: Outputs["lines"]): Outputs {
  const { subtotal, total, currency, total_taxes: taxes, total_discount_amounts: discounts } = invoice;
  const taxOf = (behavior: string) =>
    (taxes ?? [])
      .filter(({ tax_behavior: found }) => found === behavior)
      .reduce((sum, { amount }) => sum + amount, 0);
  return {
    subtotal,
    discount: (discounts ?? []).reduce((sum, { amount }) => sum + amount, 0),
    tax: taxOf("exclusive"),
    taxIncluded: taxOf("inclusive"),
    total,
    currency,
    lines,
  };
}
