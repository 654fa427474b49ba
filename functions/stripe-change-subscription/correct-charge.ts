/**
 * Compares the invoice of a change with its quote. Stripe has no condition on a change, so what somebody does at Stripe in the
 * milliseconds between the last preview and the change can make them differ. Then an unpaid invoice is void, and its change
 * with it, and of a paid one everything above the quote is refunded. The log has an alarm for both.
 */
import type Stripe from "stripe";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { log } from "../../lib/log.ts";
import { ONE_ALARM } from "../../lib/metrics.ts";
import { refundMark } from "../../lib/stripe/own-metadata.ts";
import { readStripe, withStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf, listed } from "../../lib/stripe/stripe-fields.ts";
import type { Quote } from "../../lib/subscriptions/quote.ts";
import { staleQuote } from "../../lib/subscriptions/stale-quote.ts";
import { fieldOf } from "../../lib/untrusted.ts";

/** Throws PRECONDITION_FAILED if the change is not made because its invoice was another one. */
export async function correctCharge(
  { subscriptionId, charge }: Quote,
  invoice: Stripe.Invoice | undefined,
  context: OperationContext,
): Promise<void> {
  const due = invoice?.amount_due ?? 0;
  if (due === charge.amountDue) return;
  const facts = { subscriptionId, invoiceId: invoice?.id, quoted: charge.amountDue, due };
  log(
    "error",
    { event: "quote.mismatch", requestId: context.requestId, ...facts, alarm: "quote-mismatch" },
    ONE_ALARM,
  );
  if (invoice?.id === undefined || due < charge.amountDue) return;
  const { id, status } = invoice;
  if (status === "open") {
    await withStripe(context, {}, (stripe, options) => stripe.invoices.voidInvoice(id, {}, options), "void");
    throw staleQuote("was overtaken: the charge would be another one now", "preview the change again");
  }
  if (status === "paid") await refund(id, invoice.amount_paid - charge.amountDue, context);
}

async function refund(invoice: string, amount: number, context: OperationContext): Promise<void> {
  if (amount <= 0) return;
  const payments = listed(await readStripe("/v1/invoice_payments", context, { invoice, status: "paid" }));
  const payment_intent = idOf(fieldOf(payments[0], "payment", "payment_intent"));
  if (payment_intent === undefined) return;
  await withStripe(
    context,
    {},
    (stripe, options) =>
      stripe.refunds.create({ payment_intent, amount, metadata: refundMark("quote") }, options),
    "refund",
  );
}
