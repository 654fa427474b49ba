/** Voids an open or uncollectible invoice. The customer gets back the credit that it used. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-void-invoice.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { changeInvoice } from "../../lib/invoices/change-invoice.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";

export const voidInvoice: Operation<Inputs, Outputs> = async ({ invoiceId }, context) => {
  const invoice = await changeInvoice({ action: "void", invoiceId }, context, (stripe, options) =>
    stripe.invoices.voidInvoice(invoiceId, {}, options),
  );
  return { invoiceId, status: statusOf(invoice) };
};
