import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { storeBalanceTransaction } from "./charge.ts";

const RESPONSE_SECONDS = 7 * 24 * 60 * 60;
const DISPUTE_FEE_CENTS = 1500;

/**
 * The cardholder disputes the charge as fraudulent, and the money leaves the balance: `charge.dispute.created`,
 * `charge.dispute.funds_withdrawn`, `charge.updated`.
 */
export function disputeCharge(context: Context, charge: Stripe.Charge): Stripe.Dispute {
  const { store, clock } = context;
  const disputed = store.patch("charge", charge, { disputed: true });
  const id = newId("du");
  const withdrawal = storeBalanceTransaction(
    context,
    { id, currency: charge.currency },
    -charge.amount,
    DISPUTE_FEE_CENTS,
    "adjustment",
  );
  const dispute = store.put("dispute", {
    id,
    object: "dispute",
    amount: charge.amount,
    balance_transactions: [withdrawal],
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
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: "fraudulent",
    status: "needs_response",
  });
  context.emit("charge.dispute.created", dispute);
  context.emit("charge.dispute.funds_withdrawn", dispute);
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

/** The bank decides: `charge.dispute.closed`, and `charge.dispute.funds_reinstated` for a dispute that is won. */
export function closeDispute(
  context: Context,
  dispute: Stripe.Dispute,
  outcome: "won" | "lost",
): Stripe.Dispute {
  const closed = context.store.patch("dispute", dispute, { status: outcome });
  context.emit("charge.dispute.closed", closed);
  if (outcome === "lost") return closed;
  const returned = storeBalanceTransaction(
    context,
    dispute,
    dispute.amount,
    -DISPUTE_FEE_CENTS,
    "adjustment",
  );
  const reinstated = context.store.patch("dispute", closed, {
    balance_transactions: [...closed.balance_transactions, returned],
  });
  context.emit("charge.dispute.funds_reinstated", reinstated);
  return reinstated;
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
