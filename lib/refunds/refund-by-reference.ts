/**
 * Refunds a payment once for each reference of the caller's, whatever the Idempotency-Key and the principal: a refund that
 * Stripe has with this reference is returned, for as long as Stripe has the payment. See
 * docs/decisions/0052-one-reference-one-refund.md.
 */
import { canonicalJson } from "../canonical-json.ts";
import type { OperationContext } from "../capability/capability.ts";
import { Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { formatMoney } from "../money/format-money.ts";
import { allOf } from "../stripe/all-pages.ts";
import { readStripe } from "../stripe/stripe-client.ts";
import type { StripeParameters } from "../stripe/stripe-parameters.ts";
import { type Fields, fieldOf, wholeNumberOf } from "../untrusted.ts";
import {
  claimReference,
  finishReference,
  type ReferenceClaim,
  referenceKey,
  releaseReference,
  requestDigest,
  suspendReference,
} from "./reference-claim.ts";
import {
  conflictAt,
  type Refund,
  type RefundRequest,
  refundAtStripe,
  shownRefund,
} from "./refund-request.ts";

type ReferencedRequest = RefundRequest & { readonly reference: string };
type Claimed = Extract<ReferenceClaim, { readonly kind: "claimed" }>;

/**
 * The refund with this reference, created unless it exists. Throws CONFLICT if it exists with another amount, and the
 * problems of `refundAtStripe`.
 */
export async function refundOncePerReference(
  request: ReferencedRequest,
  parameters: StripeParameters,
  context: OperationContext,
): Promise<Refund> {
  const { paymentIntentId, reference, amount, reason, metadata } = request;
  const digest = await requestDigest(canonicalJson({ amount, reason, metadata }));
  const asked = { amount: amount ?? ("rest" as const), digest };
  const claim = await claimReference(await referenceKey(paymentIntentId, reference), asked, context);
  if (claim.kind === "refunded") {
    const refund = await readStripe(`/v1/refunds/${encodeURIComponent(claim.refundId)}`, context, {
      expand: ["charge"],
    });
    if (refund === undefined)
      throw new Problem("BAD_GATEWAY", "Stripe does not have a refund that it created");
    const shown = shownRefund(refund);
    if (![claim.asked.amount, shown.amount].includes(asked.amount)) throw otherAmount(shown);
    return shown;
  }
  try {
    const refund =
      (await existing(request, context)) ?? (await create(request, claim, digest, parameters, context));
    if (!(await finishReference(claim.lease, refund.id)))
      throw new Problem("SERVICE_UNAVAILABLE", "The lease on the reference ran out", {
        retryAfterSeconds: 1,
      });
    return refund;
  } catch (thrown) {
    await settle(claim, thrown);
    throw thrown;
  }
}

/** A first attempt that Stripe has answered with a refusal is over. In all other cases, the next call continues it. */
async function settle({ lease }: Claimed, thrown: unknown): Promise<void> {
  const isOver =
    thrown instanceof Problem && !thrown.retryable && thrown.status < 500 && !(thrown instanceof Unsettled);
  try {
    await (isOver ? releaseReference(lease) : suspendReference(lease));
  } catch (unsettled) {
    // The lease ends by itself; the caller still gets the failure that came first.
    log("warn", { event: "refund.unsettled", cause: describeCause(unsettled) });
  }
}

/** Nobody knows whether an earlier call, which asked for something else, has refunded. */
class Unsettled extends Problem {}

async function create(
  request: ReferencedRequest,
  { attempt, asked }: Claimed,
  digest: string,
  parameters: StripeParameters,
  context: OperationContext,
): Promise<Refund> {
  if (asked.digest !== digest) {
    const message =
      "was used for another refund of this payment, whose outcome is not known yet; repeat that call, with its inputs";
    throw new Unsettled("CONFLICT", `reference ${message}`, { issues: [{ path: "reference", message }] });
  }
  return refundAtStripe(request, parameters, { ...context, idempotencyKey: attempt });
}

/** The refund with this reference at Stripe. Throws CONFLICT if its amount is another one. */
async function existing(
  { paymentIntentId, reference, amount }: ReferencedRequest,
  context: OperationContext,
): Promise<Refund | undefined> {
  const refunds = await allOf("/v1/refunds", context, {
    payment_intent: paymentIntentId,
    expand: ["data.charge"],
  });
  const oldestFirst = refunds.toReversed();
  const index = oldestFirst.findIndex((refund) => fieldOf(refund, "metadata", "reference") === reference);
  const found = oldestFirst[index];
  if (found === undefined) return undefined;
  const shown = shownRefund(found);
  const isSame =
    amount === undefined ? isTheRest(oldestFirst.slice(0, index + 1), found) : amount === shown.amount;
  if (!isSame) throw otherAmount(shown);
  return shown;
}

/** Whether nothing was left to refund after the last of `refunds`. */
function isTheRest(refunds: readonly Fields[], { charge }: Fields): boolean {
  const refunded = refunds.reduce((sum, { amount }) => sum + (wholeNumberOf(amount) ?? 0), 0);
  return refunded >= (wholeNumberOf(fieldOf(charge, "amount_captured")) ?? 0);
}

const otherAmount = (refund: Refund): Problem =>
  conflictAt(
    "reference",
    `belongs to a refund of ${formatMoney(refund)} of this payment; send that amount, or another reference for another refund`,
  );
