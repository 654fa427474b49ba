/** A payment as the capabilities that read payments return it. Pure. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import type { PaidInvoice } from "./invoice-of-payment.ts";
import { idOf } from "./stripe-fields.ts";

/** Amounts are in the currency's smallest unit; times are UTC, ISO 8601. */
export interface PaymentOutputs extends PaidInvoice {
  readonly paymentIntentId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly amountReceived: number;
  readonly amountRefunded: number;
  readonly customerId?: string;
  readonly declineCode?: string;
  readonly metadata: Record<string, string>;
  readonly createdAt: string;
}

/** `intent`: with its latest charge. `invoice`: the one that it pays, if it pays one. */
export function paymentOutputs(intent: Stripe.PaymentIntent, invoice: PaidInvoice = {}): PaymentOutputs {
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
    ...invoice,
    metadata: intent.metadata,
    createdAt: new Date(intent.created * 1000).toISOString(),
  };
}
