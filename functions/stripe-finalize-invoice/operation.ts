/** Finalizes a draft. An invoice with nothing due is paid at once. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-finalize-invoice.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { changeInvoice } from "../../lib/invoices/change-invoice.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";

export const finalizeInvoice: Operation<Inputs, Outputs> = async ({ invoiceId }, context) => {
  const invoice = await changeInvoice({ action: "finalize", invoiceId }, context, (stripe, options) =>
    stripe.invoices.finalizeInvoice(invoiceId, {}, options),
  );
  const { number, hosted_invoice_url: hostedUrl, invoice_pdf: pdfUrl } = invoice;
  if (!number || !hostedUrl || !pdfUrl)
    throw new Problem(
      "BAD_GATEWAY",
      "Stripe returned a finalized invoice without its number or its addresses",
    );
  return { invoiceId, number, status: statusOf(invoice), hostedUrl, pdfUrl };
};
