/** Refunds the payment of a subscription's first invoice, once, however often it is asked to. */

import { Problem } from "../errors.ts";
import type { EffectContext } from "../events/consume.ts";
import { log } from "../log.ts";
import { ONE_ALARM } from "../metrics.ts";
import { isRefundFor, refundMark } from "../stripe/own-metadata.ts";
import { withStripe } from "../stripe/stripe-client.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf, numberOf } from "../untrusted.ts";

const REASON = "duplicate";

export interface Refunded {
  readonly refundId: string;
  /** In the currency's smallest unit. */
  readonly amountRefunded: number;
}

/**
 * The refund; undefined if nothing was paid, or if Stripe refuses to refund, such as a disputed payment: a person has to decide
 * then, and there is an alarm. Stripe's idempotency key prevents a second refund for a day, its list of refunds after that.
 */
export async function refundFirstInvoice(
  subscriptionId: string,
  context: EffectContext,
): Promise<Refunded | undefined> {
  const paymentIntentId = await paymentOfFirstInvoice(subscriptionId, context);
  if (paymentIntentId === undefined) return undefined;
  const refunds = await context.read("/v1/refunds", { payment_intent: paymentIntentId, limit: 100 });
  const earlier = listed(refunds).find((refund) => isRefundFor(REASON, refund));
  if (earlier !== undefined) return shown(earlier);
  try {
    return shown(
      await withStripe(
        { ...context, idempotencyKey: `duplicate:${subscriptionId}:refund` },
        {},
        (stripe, options) =>
          stripe.refunds.create(
            { payment_intent: paymentIntentId, reason: REASON, metadata: refundMark(REASON) },
            options,
          ),
      ),
    );
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.retryable || thrown.status >= 500) throw thrown;
    const { requestId } = context;
    const alarm = "duplicate-not-refunded";
    log(
      "error",
      { event: "duplicate.not-refunded", requestId, subscriptionId, paymentId: paymentIntentId, alarm },
      ONE_ALARM,
    );
    return undefined;
  }
}

async function paymentOfFirstInvoice(
  subscription: string,
  { read }: EffectContext,
): Promise<string | undefined> {
  const invoices = listed(await read("/v1/invoices", { subscription, limit: 100 }));
  const first = invoices.find((invoice) => fieldOf(invoice, "billing_reason") === "subscription_create");
  const invoice = idOf(first);
  if (invoice === undefined || !(Number(fieldOf(first, "amount_paid")) > 0)) return undefined;
  const payments = listed(await read("/v1/invoice_payments", { invoice, status: "paid", limit: 1 }));
  return idOf(fieldOf(payments[0], "payment", "payment_intent"));
}

function shown(refund: unknown): Refunded {
  return { refundId: idOf(refund) ?? "", amountRefunded: numberOf(fieldOf(refund, "amount")) ?? 0 };
}
