/** One refund at Stripe, and in the caller's terms why Stripe refuses one. */
import type { OperationContext } from "../capability/capability.ts";
import { invalidField, missingObject, Problem } from "../errors.ts";
import { formatMoney } from "../money/format-money.ts";
import { present } from "../present.ts";
import { readStripe, withStripe } from "../stripe/stripe-client.ts";
import { stripeMetadata } from "../stripe/stripe-metadata.ts";
import type { StripeParameters } from "../stripe/stripe-parameters.ts";
import { type Fields, fieldsOf, textOf, wholeNumberOf } from "../untrusted.ts";

export interface RefundRequest {
  readonly paymentIntentId: string;
  /** In the currency's smallest unit; everything that has not been refunded if left out. */
  readonly amount?: number;
  readonly reason?: "duplicate" | "fraudulent" | "requested_by_customer";
  /** The caller's own name for this refund, kept in Stripe's metadata. */
  readonly reference?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Amounts are in the currency's smallest unit. */
export interface Refund {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  /** What is left of the payment to refund. */
  readonly amountRefundable: number;
}

/**
 * Stripe's metadata for the refund. Throws VALIDATION_FAILED naming every entry that Stripe would refuse.
 */
export function refundMetadata({
  metadata,
  reference,
}: {
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly reference?: string | undefined;
}): Record<string, string> {
  return stripeMetadata({ ...metadata, ...present({ reference }) });
}

/** Creates the refund, under the context's idempotency key. Throws a problem that says why the payment cannot be refunded. */
export async function refundAtStripe(
  request: RefundRequest,
  parameters: StripeParameters,
  context: OperationContext,
): Promise<Refund> {
  const { paymentIntentId, amount, reason } = request;
  try {
    const refund = await withStripe(context, parameters, (stripe, options) =>
      stripe.refunds.create(
        {
          payment_intent: paymentIntentId,
          metadata: refundMetadata(request),
          expand: ["charge"],
          ...present({ amount, reason }),
        },
        options,
      ),
    );
    return shownRefund(fieldsOf(refund));
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.retryable || thrown.status >= 500) throw thrown;
    throw (await whyRefused(request, thrown, context)) ?? thrown;
  }
}

/** `refund`: Stripe's, with its charge. Throws BAD_GATEWAY for one that lacks what is read. */
export function shownRefund(refund: Fields): Refund {
  const id = textOf(refund.id);
  const amount = wholeNumberOf(refund.amount);
  const currency = textOf(refund.currency);
  if (id === undefined || amount === undefined || currency === undefined)
    throw new Problem("BAD_GATEWAY", "Stripe returned a refund without its id, amount or currency");
  const status = textOf(refund.status) ?? "pending";
  return { id, status, amount, currency, amountRefundable: refundableOf(fieldsOf(refund.charge)) };
}

/** What is left to refund of Stripe's charge. */
export function refundableOf(charge: Fields): number {
  const { amount_captured: captured, amount_refunded: refunded } = charge;
  return Math.max(0, (wholeNumberOf(captured) ?? 0) - (wholeNumberOf(refunded) ?? 0));
}

/** From the payment as it is now; undefined if `refusal` says all that it shows. */
async function whyRefused(
  { paymentIntentId, amount }: RefundRequest,
  refusal: Problem,
  context: OperationContext,
): Promise<Problem | undefined> {
  const intent = await readStripe(`/v1/payment_intents/${encodeURIComponent(paymentIntentId)}`, context, {
    expand: ["latest_charge"],
  });
  if (intent === undefined) return missingObject("paymentIntentId");
  const { status, currency, latest_charge: charge } = intent;
  if (status === "requires_capture")
    return conflictAt(
      "paymentIntentId",
      "is only reserved: release it with stripe-cancel-payment-intent instead",
    );
  if (status !== "succeeded")
    return conflictAt(
      "paymentIntentId",
      `has not been paid, so there is nothing to refund: its status is ${textOf(status)}`,
    );
  const refundable = refundableOf(fieldsOf(charge));
  if (refusal.code === "CONFLICT" || amount === undefined || amount <= refundable) return undefined;
  const shown = formatMoney({ amount: refundable, currency: textOf(currency) ?? "" });
  return invalidField("amount", `must be at most ${refundable} (${shown}), which is what is left to refund`);
}

/** A CONFLICT problem for one field. */
export function conflictAt(path: string, message: string): Problem {
  return new Problem("CONFLICT", `${path} ${message}`, { issues: [{ path, message }] });
}
