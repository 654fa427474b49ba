import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-create-credit-note.ts";
import { invalidField } from "../../lib/errors.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";
import { impossible, isPossible } from "../../lib/invoices/invoice-transitions.ts";

/**
 * Throws CONFLICT for an invoice whose status does not allow it, and VALIDATION_FAILED for more than there is to credit, or to
 * refund. Stripe checks the same: this says what would be right. `invoice`: with INVOICE_PAYMENTS.
 */
export function assertCreditable(invoice: Stripe.Invoice, { amount, refund = false }: Inputs): void {
  const status = statusOf(invoice);
  if (!isPossible("credit", status)) throw impossible("credit", status);
  const isPaid = status === "paid";
  if (refund && !isPaid)
    throw invalidField("refund", `must be left out: the invoice is ${status}, so nothing has been paid`);
  if (refund && !isPaidAtStripe(invoice))
    throw invalidField(
      "refund",
      "must be left out: Stripe has no payment of this invoice that it could refund",
    );
  const left = isPaid ? uncredited(invoice) : invoice.amount_remaining;
  if (amount > left) {
    const what = isPaid ? "what of it has not been credited" : "what is left to pay";
    throw invalidField("amount", `must be at most ${left}, ${what}`);
  }
}

function uncredited(invoice: Stripe.Invoice): number {
  return invoice.total - invoice.pre_payment_credit_notes_amount - invoice.post_payment_credit_notes_amount;
}

/** Not if it was paid out of band, or from the customer's balance. */
function isPaidAtStripe({ payments }: Stripe.Invoice): boolean {
  return (payments?.data ?? []).some(({ status, payment }) => {
    const isCharge = payment.payment_intent !== undefined || payment.charge !== undefined;
    return status === "paid" && isCharge;
  });
}
