/**
 * The invoices that payment intents pay. Since API version 2025-03-31, intents have no field for it: only an invoice's payments
 * connect the two.
 */
import { present } from "../present.ts";
import { fieldOf, fieldsOf, listOf, textOf } from "../untrusted.ts";
import { allOf } from "./all-pages.ts";
import { readStripe, type StripeCall } from "./stripe-client.ts";
import { idOf, listed } from "./stripe-fields.ts";

/** Empty for a payment that pays no invoice. */
export interface PaidInvoice {
  readonly invoiceId?: string;
  /** If it is an invoice of a subscription. */
  readonly subscriptionId?: string;
}

/** The invoice of one payment intent. One call to Stripe. */
export async function invoiceOfPayment(paymentIntentId: string, context: StripeCall): Promise<PaidInvoice> {
  const found = await readStripe("/v1/invoice_payments", context, {
    "payment[type]": "payment_intent",
    "payment[payment_intent]": paymentIntentId,
    limit: 1,
    expand: ["data.invoice"],
  });
  return paidInvoice(fieldsOf(listOf(found?.data)[0]).invoice);
}

/**
 * The invoices of all payment intents of one customer, by the intent's id. One call to Stripe for every hundred invoices
 * of the customer: fewer than one for each payment on a page.
 */
export async function invoicesOfCustomer(
  customerId: string,
  context: StripeCall,
): Promise<ReadonlyMap<string, PaidInvoice>> {
  const invoices = await allOf("/v1/invoices", context, { customer: customerId, expand: ["data.payments"] });
  return new Map(
    invoices.flatMap((invoice) =>
      listed(invoice.payments).flatMap((payment): [string, PaidInvoice][] => {
        const intentId = idOf(fieldOf(payment, "payment", "payment_intent"));
        return intentId === undefined ? [] : [[intentId, paidInvoice(invoice)]];
      }),
    ),
  );
}

/** `invoice`: an invoice, or only its id. */
function paidInvoice(invoice: unknown): PaidInvoice {
  return present({
    invoiceId: textOf(invoice) ?? textOf(fieldOf(invoice, "id")),
    subscriptionId: idOf(fieldOf(invoice, "parent", "subscription_details", "subscription")),
  });
}
