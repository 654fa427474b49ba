/** Changes an invoice at Stripe, and explains a refusal by the status of the invoice. */
import type Stripe from "stripe";
import type { OperationContext } from "../capability/capability.ts";
import { isAnswered } from "../stripe/is-answered.ts";
import { readStripe, withStripe } from "../stripe/stripe-client.ts";
import type { StripeClient } from "../stripe/stripe-sdk.ts";
import { textOf } from "../untrusted.ts";
import { INVOICE_IN_ADDRESS } from "./invoice-address.ts";
import { type InvoiceAction, impossible, isPossible } from "./invoice-transitions.ts";

export interface InvoiceChange {
  readonly action: InvoiceAction;
  readonly invoiceId: string;
  /** Added to the idempotency key, if the operation writes more than once. */
  readonly step?: string;
}

/**
 * The changed invoice. Throws NOT_FOUND at `invoiceId`, and CONFLICT if the status of the invoice does not allow the action.
 */
export async function changeInvoice(
  { action, invoiceId, step }: InvoiceChange,
  context: OperationContext,
  call: (stripe: StripeClient, options: Stripe.RequestOptions) => Promise<Stripe.Response<Stripe.Invoice>>,
): Promise<Stripe.Invoice> {
  try {
    return await withStripe(context, { invoiceId: INVOICE_IN_ADDRESS }, call, step);
  } catch (thrown) {
    if (!isAnswered(thrown) || thrown.retryable || thrown.code === "NOT_FOUND") throw thrown;
    const invoice = await readStripe(`/v1/invoices/${invoiceId}`, context);
    const status = textOf(invoice?.status);
    if (status === undefined || isPossible(action, status)) throw thrown;
    throw impossible(action, status);
  }
}
