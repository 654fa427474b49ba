/**
 * Mails an invoice to its customer, at most once for each Idempotency-Key. Stripe sends nothing: a draft is finalized without
 * Stripe's automatic mails, and the mail is ours.
 */
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-send-invoice.ts";
import { mails } from "../../generated/mails.ts";
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
import { invoiceMail } from "./invoice-mail.ts";

const parameters: ParametersOf<Inputs> = { invoiceId: INVOICE_IN_ADDRESS };

export const sendInvoice: Operation<Inputs, Outputs> = async ({ invoiceId }, context) => {
  const found = await withStripe(context, parameters, (stripe, options) =>
    stripe.invoices.retrieve(invoiceId, { expand: ["customer"] }, options),
  );
  const status = statusOf(found);
  if (!isPossible("send", status)) throw impossible("send", status);
  const { to, languages } = recipientOf(found);
  const invoice = status === "draft" ? await finalized(found, context) : found;
  const { template, data } = await invoiceMail(invoice, context);
  const mail = await renderMail(mails, { to, template, data, languages }, context.now());
  const tags = mailTags({ template, paymentId: invoiceId, runId: context.run?.runId });
  const { messageId } = await sendOncePerKey({ ...mail, tags }, context);
  return { invoiceId, status: statusOf(invoice), messageId };
};

interface Recipient {
  readonly to: string;
  /** As Stripe keeps them with the customer. */
  readonly languages: readonly string[];
}

/** The customer's address of today: the one on the invoice is from when it was finalized. */
function recipientOf({ customer, customer_email: onInvoice }: Stripe.Invoice): Recipient {
  const known = typeof customer === "object" && customer?.deleted !== true ? customer : null;
  const to = known?.email || onInvoice;
  if (to) return { to, languages: known?.preferred_locales ?? [] };
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
