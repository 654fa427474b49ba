/** Marks an open invoice as uncollectible. Its payer can still pay it. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-mark-invoice-uncollectible.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { changeInvoice } from "../../lib/invoices/change-invoice.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";

export const markInvoiceUncollectible: Operation<Inputs, Outputs> = async ({ invoiceId }, context) => {
  const invoice = await changeInvoice(
    { action: "mark-uncollectible", invoiceId },
    context,
    (stripe, options) => stripe.invoices.markUncollectible(invoiceId, {}, options),
  );
  return { invoiceId, status: statusOf(invoice) };
};
