/** An invoice as the capabilities that read invoices return it. Pure. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { idOf } from "../stripe/stripe-fields.ts";
import { isoTimeOf } from "../untrusted.ts";

/** What `invoiceOutputs` reads in addition to the invoice itself: to be expanded in a request for an invoice. */
export const INVOICE_PAYMENTS = "payments";

/** Amounts are in the currency's smallest unit; times are UTC, ISO 8601. */
export interface InvoiceOutputs {
  readonly invoiceId: string;
  /** From finalization on. */
  readonly number?: string;
  readonly status: string;
  /** After discounts and taxes, before the customer's balance and credit notes. Negative if the customer gets credit. */
  readonly total: number;
  /** What of the total was to be paid: the balance and credit notes reduce it. */
  readonly amountDue: number;
  readonly amountPaid: number;
  readonly currency: string;
  readonly hostedUrl?: string;
  readonly pdfUrl?: string;
  readonly subscriptionId?: string;
  readonly paymentIntentId?: string;
  readonly dueAt?: string;
  readonly createdAt: string;
}

/** `invoice`: with INVOICE_PAYMENTS. */
export function invoiceOutputs(invoice: Stripe.Invoice): InvoiceOutputs {
  return {
    invoiceId: invoice.id,
    status: statusOf(invoice),
    total: invoice.total,
    amountDue: invoice.amount_due,
    amountPaid: invoice.amount_paid,
    currency: invoice.currency,
    ...present({
      number: invoice.number ?? undefined,
      hostedUrl: invoice.hosted_invoice_url ?? undefined,
      pdfUrl: invoice.invoice_pdf ?? undefined,
      subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
      paymentIntentId: paymentIntentOf(invoice),
      dueAt: isoTimeOf(invoice.due_date),
    }),
    createdAt: new Date(invoice.created * 1000).toISOString(),
  };
}

/** The invoice's status; Stripe's type also has null, for invoices that do not exist yet. */
export const statusOf = ({ status }: Pick<Stripe.Invoice, "status">): string => status ?? "draft";

/** The payment that has paid the invoice, or that pays it by default. */
function paymentIntentOf({ payments }: Stripe.Invoice): string | undefined {
  const all = payments?.data ?? [];
  const payment = all.find(({ status }) => status === "paid") ?? all.find(({ is_default: is }) => is);
  return idOf(payment?.payment.payment_intent);
}
