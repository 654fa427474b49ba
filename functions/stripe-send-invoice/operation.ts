/**
 * Mails an invoice to its customer, at most once for each Idempotency-Key. Stripe sends nothing: a draft is finalized without
 * Stripe's automatic mails, and the mail is ours.
 */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-send-invoice.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { mailTags } from "../../lib/email/mail-tags.ts";
import { renderMail } from "../../lib/email/render-mail.ts";
import { sendOncePerKey } from "../../lib/email/send-once-per-key.ts";
import { Problem } from "../../lib/errors.ts";
import { changeInvoice } from "../../lib/invoices/change-invoice.ts";
import { INVOICE_IN_ADDRESS } from "../../lib/invoices/invoice-address.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";
import { impossible, isPossible } from "../../lib/invoices/invoice-transitions.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { invoiceMailData } from "./invoice-mail-data.ts";

const TEMPLATE = "invoice";

const parameters: ParametersOf<Inputs> = { invoiceId: INVOICE_IN_ADDRESS };

export const sendInvoice: Operation<Inputs, Outputs> = async ({ invoiceId }, context) => {
  const found = await withStripe(context, parameters, (stripe, options) =>
    stripe.invoices.retrieve(invoiceId, { expand: ["customer"] }, options),
  );
  const status = statusOf(found);
  if (!isPossible("send", status)) throw impossible("send", status);
  const to = recipientOf(found);
  const invoice = status === "draft" ? await finalized(found, context) : found;
  const data = await invoiceMailData(invoice, context);
  const mail = await renderMail(emailTemplates, { to, template: TEMPLATE, data }, context.now());
  const tags = mailTags({ template: TEMPLATE, paymentId: invoiceId, runId: context.run?.runId });
  const { messageId } = await sendOncePerKey({ ...mail, tags }, context);
  return { invoiceId, status: statusOf(invoice), messageId };
};

/** The customer's address of today: the one on the invoice is from when it was finalized. */
function recipientOf({ customer, customer_email: onInvoice }: Stripe.Invoice): string {
  const isKnown = typeof customer === "object" && customer !== null && customer.deleted !== true;
  const address = (isKnown ? customer.email : undefined) ?? onInvoice;
  if (address) return address;
  const message = "belongs to a customer without an email address; set it with stripe-update-customer";
  throw new Problem("CONFLICT", `invoiceId ${message}`, { issues: [{ path: "invoiceId", message }] });
}

/** Of an invoice that is sent, Stripe would mail it, and remind of it, if it could advance it. */
function finalized(
  { id: invoiceId, collection_method: method }: Stripe.Invoice,
  context: OperationContext,
): Promise<Stripe.Invoice> {
  return changeInvoice({ action: "send", invoiceId, step: "finalize" }, context, (stripe, options) =>
    stripe.invoices.finalizeInvoice(
      invoiceId,
      method === "send_invoice" ? { auto_advance: false } : {},
      options,
    ),
  );
}
