import type Stripe from "stripe";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";
import { present } from "../../lib/present.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { isoTimeOf, numberOf, textOf } from "../../lib/untrusted.ts";

export interface InvoiceMail {
  /** `receipt` for an invoice that is paid: nobody must be asked to pay it. */
  readonly template: "invoice" | "receipt";
  readonly data: Readonly<Record<string, unknown>>;
}

/** The mail about a finalized invoice. The invoice itself has only its first lines, so all of them are read. */
export async function invoiceMail(invoice: Stripe.Invoice, context: OperationContext): Promise<InvoiceMail> {
  const lines = await allOf(`/v1/invoices/${invoice.id}/lines`, context);
  const shared = {
    currency: invoice.currency,
    ...present({ number: invoice.number ?? undefined, description: invoice.description ?? undefined }),
    lines: lines.map((line) => ({
      description: textOf(line.description) ?? "",
      amount: numberOf(line.amount) ?? 0,
      ...present({ quantity: quantityOf(line.quantity) }),
    })),
    subtotal: invoice.subtotal,
    discount: sumOf(invoice.total_discount_amounts),
    tax: sumOf((invoice.total_taxes ?? []).filter(({ tax_behavior: added }) => added === "exclusive")),
  };
  const link = invoice.hosted_invoice_url ?? undefined;
  if (statusOf(invoice) === "paid") {
    const paidAt = isoTimeOf(invoice.status_transitions.paid_at);
    const data = { ...shared, amount: invoice.amount_paid, ...present({ paidAt, receiptUrl: link }) };
    return { template: "receipt", data };
  }
  const more = { dueAt: isoTimeOf(invoice.due_date), pdfUrl: invoice.invoice_pdf ?? undefined };
  const data = { ...shared, amount: invoice.amount_remaining, ...present({ ...more, invoiceUrl: link }) };
  return { template: "invoice", data };
}

/** Undefined for a part of a unit: then the line shows only its amount. */
function quantityOf(quantity: unknown): number | undefined {
  const count = numberOf(quantity);
  return count !== undefined && Number.isInteger(count) && count >= 1 ? count : undefined;
}

const sumOf = (amounts: readonly { readonly amount: number }[] | null): number =>
  (amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
