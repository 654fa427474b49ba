import type Stripe from "stripe";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";
import { present } from "../../lib/present.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { isoTimeOf, numberOf, textOf } from "../../lib/untrusted.ts";

/** The data of the template `invoice` for a finalized invoice. An invoice shows only its first lines, so they are listed. */
export async function invoiceMailData(
  invoice: Stripe.Invoice,
  context: OperationContext,
): Promise<Readonly<Record<string, unknown>>> {
  const { id, number, currency, total, amount_remaining: amountDue } = invoice;
  const lines = await allOf(`/v1/invoices/${id}/lines`, context);
  return {
    invoiceId: id,
    amountDue,
    total,
    currency,
    isPaid: statusOf(invoice) === "paid",
    ...present({
      number: number ?? undefined,
      dueAt: isoTimeOf(invoice.due_date),
      invoiceUrl: invoice.hosted_invoice_url ?? undefined,
      pdfUrl: invoice.invoice_pdf ?? undefined,
    }),
    lines: lines.map((line) => ({
      description: textOf(line.description) ?? "",
      quantity: numberOf(line.quantity) ?? 1,
      amount: numberOf(line.amount) ?? 0,
    })),
  };
}
