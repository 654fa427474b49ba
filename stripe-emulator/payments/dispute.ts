/** Disputes and inquiries: the cardholder asks the bank for the money back. https://docs.stripe.com/disputes */
import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { storeBalanceTransaction } from "./balance-transaction.ts";

const RESPONSE_SECONDS = 7 * 24 * 60 * 60;
const DISPUTE_FEE_CENTS = 1500;

/** Visa's codes. https://docs.stripe.com/disputes/categories */
const NETWORK_REASONS: Readonly<Record<string, string>> = {
  fraudulent: "10.4",
  noncompliant: "98",
  product_not_received: "13.1",
};

/**
 * The cardholder disputes an amount of the charge, in the smallest unit: `charge.dispute.created`. The money leaves the
 * balance, unless it is an inquiry: `charge.dispute.funds_withdrawn`, `charge.updated`.
 */
export function disputeCharge(
  context: Context,
  charge: Stripe.Charge,
  { reason, isInquiry, amount }: { reason: string; isInquiry: boolean; amount: number },
): Stripe.Dispute {
  const { store, clock } = context;
  const disputed = store.patch("charge", charge, { disputed: true });
  const id = newId("du");
  const subject = { id, currency: charge.currency, amount };
  const { card, type } = charge.payment_method_details ?? {};
  const dispute = store.put("dispute", {
    id,
    object: "dispute",
    amount,
    balance_transactions: isInquiry ? [] : [bookWithdrawal(context, subject)],
    charge: charge.id,
    created: clock.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: clock.now() + RESPONSE_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: isInquiry ? "warning_needs_response" : "needs_response",
    ...(card === undefined || type === undefined
      ? {}
      : {
          payment_method_details: {
            type: "card",
            card: {
              brand: card.brand ?? "visa",
              network: card.network ?? "visa",
              case_type: isInquiry ? "inquiry" : "chargeback",
              network_reason_code: isInquiry ? "10" : (NETWORK_REASONS[reason] ?? null),
            },
          },
        }),
  });
  context.emit("charge.dispute.created", dispute);
  if (!isInquiry) context.emit("charge.dispute.funds_withdrawn", dispute);
  context.emit("charge.updated", disputed, previousAttributes(charge, disputed));
  return dispute;
}

/** Changes the dispute: `charge.dispute.updated`. */
export function updateDispute(
  context: Context,
  before: Stripe.Dispute,
  changes: Partial<Stripe.Dispute>,
): Stripe.Dispute {
  const after = context.store.patch("dispute", before, changes);
  context.emit("charge.dispute.updated", after, previousAttributes(before, after));
  return after;
}

/** Whether it is an inquiry, which has not moved any money. */
export function isInquiry({ status }: Stripe.Dispute): boolean {
  return status.startsWith("warning_");
}

/**
 * The bank did not believe the answer to its inquiry: it becomes a dispute about `amount`, what was not refunded since, in the
 * smallest unit. That money leaves the balance.
 */
export function escalateInquiry(context: Context, inquiry: Stripe.Dispute, amount: number): Stripe.Dispute {
  const { payment_method_details: details, evidence_details: evidence } = inquiry;
  const escalated = updateDispute(context, inquiry, {
    amount,
    status: "needs_response",
    is_charge_refundable: false,
    evidence_details: { ...evidence, due_by: context.clock.now() + RESPONSE_SECONDS },
    ...(details?.card === undefined
      ? {}
      : { payment_method_details: { ...details, card: { ...details.card, case_type: "chargeback" } } }),
  });
  const withdrawn = context.store.patch("dispute", escalated, {
    balance_transactions: [bookWithdrawal(context, escalated)],
  });
  context.emit("charge.dispute.funds_withdrawn", withdrawn);
  return withdrawn;
}

/**
 * The bank decides: `charge.dispute.closed`, and `charge.dispute.funds_reinstated` for a dispute that is won. An inquiry ends
 * as `warning_closed`, whatever its outcome.
 */
export function closeDispute(
  context: Context,
  dispute: Stripe.Dispute,
  outcome: "won" | "lost",
): Stripe.Dispute {
  const status = isInquiry(dispute) ? "warning_closed" : outcome;
  const closed = context.store.patch("dispute", dispute, { status });
  context.emit("charge.dispute.closed", closed);
  if (status !== "won") return closed;
  const returned = storeBalanceTransaction(
    context,
    dispute,
    dispute.amount,
    -DISPUTE_FEE_CENTS,
    "adjustment",
    "dispute_reversal",
  );
  const reinstated = context.store.patch("dispute", closed, {
    balance_transactions: [...closed.balance_transactions, returned],
  });
  context.emit("charge.dispute.funds_reinstated", reinstated);
  return reinstated;
}

/** The disputed amount and Stripe's fee leave the balance. */
function bookWithdrawal(
  context: Context,
  dispute: Pick<Stripe.Dispute, "id" | "currency" | "amount">,
): Stripe.BalanceTransaction {
  return storeBalanceTransaction(context, dispute, -dispute.amount, DISPUTE_FEE_CENTS, "adjustment");
}

const noEvidence: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};
