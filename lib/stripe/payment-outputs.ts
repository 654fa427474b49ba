/** A payment as the capabilities that read payments return it. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { fieldOf, fieldsOf, listOf, textOf } from "../untrusted.ts";
import { readStripe, type StripeCall } from "./stripe-client.ts";
import { idOf } from "./stripe-fields.ts";

/** Amounts are in the currency's smallest unit; times are UTC, ISO 8601. */
export interface PaymentOutputs {
  readonly paymentIntentId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly amountReceived: number;
  readonly amountRefunded: number;
  readonly customerId?: string;
  readonly invoiceId?: string;
  readonly subscriptionId?: string;
  readonly declineCode?: string;
  readonly metadata: Record<string, string>;
  readonly createdAt: string;
}

/** `intent`: with its latest charge. Asks Stripe which invoice it pays. */
export async function paymentOutputs(
  intent: Stripe.PaymentIntent,
  context: StripeCall,
): Promise<PaymentOutputs> {
  const { id, status, amount, currency, customer, last_payment_error: error } = intent;
  const charge = intent.latest_charge;
  return {
    paymentIntentId: id,
    status,
    amount,
    currency,
    amountReceived: intent.amount_received,
    amountRefunded: charge === null || typeof charge === "string" ? 0 : charge.amount_refunded,
    ...present({ customerId: idOf(customer), declineCode: error?.decline_code ?? error?.code }),
    ...(await invoiceOf(id, context)),
    metadata: intent.metadata,
    createdAt: new Date(intent.created * 1000).toISOString(),
  };
}

/** Since API version 2025-03-31, only the invoice's payments connect an intent with its invoice. */
async function invoiceOf(
  paymentIntentId: string,
  context: StripeCall,
): Promise<{ readonly invoiceId?: string; readonly subscriptionId?: string }> {
  const found = await readStripe("/v1/invoice_payments", context, {
    "payment[type]": "payment_intent",
    "payment[payment_intent]": paymentIntentId,
    limit: 1,
    expand: ["data.invoice"],
  });
  const { invoice } = fieldsOf(listOf(found?.data)[0]);
  return present({
    invoiceId: textOf(invoice) ?? textOf(fieldOf(invoice, "id")),
    subscriptionId: idOf(fieldOf(invoice, "parent", "subscription_details", "subscription")),
  });
}
