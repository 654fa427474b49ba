import type { ReadStripe } from "../events/resolve-event.ts";
import { listed } from "../stripe/stripe-fields.ts";
import { fieldOf } from "../untrusted.ts";

/** The payment intents with which an invoice was or is to be paid: https://docs.stripe.com/api/invoice-payment/list */
export async function intentsOfInvoice(invoiceId: string, read: ReadStripe): Promise<readonly unknown[]> {
  const payments = await read("/v1/invoice_payments", {
    invoice: invoiceId,
    expand: ["data.payment.payment_intent"],
  });
  return listed(payments).map((payment) => fieldOf(payment, "payment", "payment_intent"));
}
