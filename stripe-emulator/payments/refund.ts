/** Refunds: the money goes back to the customer at once, later, or not at all. https://docs.stripe.com/refunds */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { storeBalanceTransaction } from "./balance-transaction.ts";
import { releaseCharge } from "./charge.ts";
import { closeDispute, isInquiry } from "./dispute.ts";
import { behaviourOf, UNKNOWN_CARD } from "./test-cards.ts";

/** How long a refund to the test card for pending refunds takes. */
const PENDING_SECONDS = 24 * 60 * 60;

interface RefundRequest {
  /** In the smallest unit; undefined for all that has not been refunded yet. */
  amount: number | undefined;
  reason: Stripe.Refund.Reason | null;
  metadata: Stripe.Metadata;
}

/** What can still be refunded of the charge, in the smallest unit. A refund that failed does not count. */
export function refundableOf({ store }: Context, charge: Stripe.Charge): number {
  const refunds = store
    .all("refund")
    .filter(({ charge: of, status }) => of === charge.id && status !== "failed");
  return charge.amount_captured - refunds.reduce((sum, { amount }) => sum + amount, 0);
}

/**
 * Refunds a charge in whole or in part: `refund.created`, `charge.refunded`. For some test cards the refund fails, or stays
 * pending for a day. An authorization is released instead. Throws a 400 for a charge that has no such amount to refund.
 */
export function refundCharge(context: Context, charge: Stripe.Charge, request: RefundRequest): Stripe.Refund {
  // The money that a payment intent holds is released by canceling it.
  const isHeld = charge.payment_intent === null && charge.paid && !charge.captured;
  const refundable = isHeld ? charge.amount : refundableOf(context, charge);
  const amount = request.amount ?? refundable;
  assertRefundable(context, charge, amount, refundable, isHeld);
  const card = context.store.cardsOnFile.get(String(charge.payment_method));
  const behaviour = isHeld ? "releases" : behaviourOf(card?.testCard ?? UNKNOWN_CARD).kind;
  const refund = storeRefund(context, charge, amount, request, behaviour);
  const refunded = isHeld
    ? releaseCharge(context, charge)
    : context.store.patch("charge", charge, {
        amount_refunded: charge.amount_refunded + amount,
        refunded: amount === refundable,
      });
  context.emit("refund.created", refund);
  context.emit("charge.refunded", refunded, previousAttributes(charge, refunded));
  if (refunded.refunded) closeInquiries(context, refunded);
  if (behaviour === "refund_fails") failRefund(context, refund, refunded);
  return refund;
}

/** Changes a refund: `refund.updated`, and the older event `charge.refund.updated`. */
export function updateRefund(
  context: Context,
  before: Stripe.Refund,
  changes: Partial<Stripe.Refund>,
): Stripe.Refund {
  const after = context.store.patch("refund", before, changes);
  const previous = previousAttributes(before, after);
  if (after.charge !== null) context.emit("charge.refund.updated", after, previous);
  context.emit("refund.updated", after, previous);
  return after;
}

/** When a pending refund arrives, in unix seconds; undefined for one that is not pending. */
export function refundDueAt({ status, created }: Stripe.Refund): number | undefined {
  return status === "pending" ? created + PENDING_SECONDS : undefined;
}

/** The bank returns the money: `refund.failed`, `charge.updated`. At Stripe that is later, here at once. */
function failRefund(context: Context, refund: Stripe.Refund, charge: Stripe.Charge): void {
  const source = { id: refund.id, currency: refund.currency };
  const returned = storeBalanceTransaction(context, source, refund.amount, 0, "refund_failure");
  const failed = updateRefund(context, refund, {
    status: "failed",
    failure_reason: "expired_or_canceled_card",
    failure_balance_transaction: returned.id,
  });
  const unrefunded = context.store.patch("charge", charge, {
    amount_refunded: charge.amount_refunded - refund.amount,
    refunded: false,
  });
  context.emit("refund.failed", failed);
  context.emit("charge.updated", unrefunded, previousAttributes(charge, unrefunded));
}

/** A customer who has the money back has no reason for an inquiry. */
function closeInquiries(context: Context, charge: Stripe.Charge): void {
  for (const dispute of context.store.all("dispute")) {
    const isOpen = isInquiry(dispute) && dispute.status !== "warning_closed";
    if (isOpen && dispute.charge === charge.id) closeDispute(context, dispute, "won");
  }
}

function assertRefundable(
  context: Context,
  charge: Stripe.Charge,
  amount: number,
  refundable: number,
  isHeld: boolean,
): void {
  if (charge.status === "failed") {
    throw invalidRequest(`Charge ${charge.id} has failed and cannot be refunded.`, "charge_not_refundable");
  }
  if (charge.status === "pending") {
    throw invalidRequest(
      `Charge ${charge.id} is pending. It can be refunded once it has succeeded.`,
      "charge_not_refundable",
    );
  }
  if (charge.refunded || refundable <= 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, "charge_already_refunded");
  }
  if (charge.disputed && disputesOf(context, charge).some((dispute) => !dispute.is_charge_refundable)) {
    throw invalidRequest(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      "charge_disputed",
    );
  }
  if (isHeld && amount !== refundable) {
    throw invalidRequest(
      "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount.",
      undefined,
      "amount",
    );
  }
  if (amount > refundable) {
    const message = `Refund amount (${amount}) is greater than the unrefunded amount on the charge (${refundable}).`;
    throw invalidRequest(message, "amount_too_large", "amount");
  }
}

function disputesOf({ store }: Context, charge: Stripe.Charge): Stripe.Dispute[] {
  return store.all("dispute").filter((dispute) => dispute.charge === charge.id);
}

function storeRefund(
  context: Context,
  charge: Stripe.Charge,
  amount: number,
  { reason, metadata }: RefundRequest,
  behaviour: string,
): Stripe.Refund {
  const id = newId("re");
  const isRelease = behaviour === "releases";
  const isPending = behaviour === "refund_pends";
  const type = charge.payment_method_details?.type ?? "card";
  const transaction = isRelease
    ? undefined
    : storeBalanceTransaction(context, { id, currency: charge.currency }, -amount, 0, "refund");
  return context.store.put("refund", {
    id,
    object: "refund",
    amount,
    balance_transaction: transaction?.id ?? null,
    charge: charge.id,
    created: context.clock.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details:
      type === "card"
        ? {
            type,
            card: isRelease
              ? { type: "reversal" }
              : {
                  ...{ reference_status: "pending", reference_type: "acquirer_reference_number" },
                  type: "refund",
                },
          }
        : { type, [type]: {} },
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isPending ? "pending" : "succeeded",
    transfer_reversal: null,
    ...(isPending ? { pending_reason: "processing" } : {}),
  });
}
