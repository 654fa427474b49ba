import type Stripe from "stripe";
import { closeDispute, escalateInquiry, isInquiry, updateDispute } from "../payments/dispute.ts";
import { refundableOf } from "../payments/refund.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { boolean, emptyable, hash, notEmulated, type Parsed, string } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const text = () => emptyable(string(20_000));

const evidenceParameters = {
  access_activity_log: text(),
  billing_address: text(),
  cancellation_policy: text(),
  cancellation_policy_disclosure: text(),
  cancellation_rebuttal: text(),
  customer_communication: text(),
  customer_email_address: text(),
  customer_name: text(),
  customer_purchase_ip: text(),
  customer_signature: text(),
  duplicate_charge_documentation: text(),
  duplicate_charge_explanation: text(),
  duplicate_charge_id: text(),
  product_description: text(),
  receipt: text(),
  refund_policy: text(),
  refund_policy_disclosure: text(),
  refund_refusal_explanation: text(),
  service_date: text(),
  service_documentation: text(),
  shipping_address: text(),
  shipping_carrier: text(),
  shipping_date: text(),
  shipping_documentation: text(),
  shipping_tracking_number: text(),
  uncategorized_file: text(),
  uncategorized_text: text(),
  appeal: notEmulated(),
  enhanced_evidence: notEmulated(),
} satisfies Record<keyof Stripe.DisputeUpdateParams.Evidence, unknown>;

const updateParameters = {
  evidence: hash(evidenceParameters),
  metadata: metadata(),
  submit: boolean(),
  intended_submission_method: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.DisputeUpdateParams, "expand">, unknown>;

const listParameters = { ...pageParameters, charge: string(), created: range(), payment_intent: string() };

/** The evidence that decides a dispute in test mode. https://docs.stripe.com/testing#disputes */
const OUTCOMES: Readonly<Record<string, "won" | "lost">> = {
  winning_evidence: "won",
  losing_evidence: "lost",
};

export const disputeEndpoints = [
  endpoint(
    "GET",
    "/v1/disputes",
    listParameters,
    ({ context, path }, { charge, created, payment_intent: intent, ...paging }) => {
      const isWanted = (dispute: Stripe.Dispute) =>
        inRange(dispute.created, created) &&
        (charge === undefined || dispute.charge === charge) &&
        (intent === undefined || dispute.payment_intent === intent);
      return page(context.store.all("dispute").filter(isWanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/disputes/:id", {}, ({ context, id }) => context.store.get("dispute", id)),
  endpoint("POST", "/v1/disputes/:id", updateParameters, update),
  endpoint("POST", "/v1/disputes/:id/close", {}, ({ context, id }) => {
    const dispute = context.store.get("dispute", id);
    assertOpen(dispute);
    return closeDispute(context, dispute, "lost");
  }),
];

/** Evidence for which the bank turns an inquiry into a dispute. */
const ESCALATING = "escalate_inquiry_evidence";

/** Sends evidence to the bank, unless `submit` is false. Evidence that says how the bank decides is decided at once. */
function update(
  { context, id }: Call,
  { evidence, metadata: given, submit = true }: Parsed<typeof updateParameters>,
): Stripe.Dispute {
  const before = context.store.get("dispute", id);
  if (evidence !== undefined) assertOpen(before);
  const sends = evidence !== undefined && submit;
  const after = updateDispute(context, before, {
    evidence: { ...before.evidence, ...evidence },
    evidence_details: {
      ...before.evidence_details,
      has_evidence: before.evidence_details.has_evidence || evidence !== undefined,
      submission_count: before.evidence_details.submission_count + (sends ? 1 : 0),
      submission_method: sends ? "manual" : before.evidence_details.submission_method,
    },
    metadata: changedMetadata(before.metadata, given),
    status: sends ? (isInquiry(before) ? "warning_under_review" : "under_review") : before.status,
  });
  const text = after.evidence.uncategorized_text ?? "";
  if (sends && isInquiry(after) && text === ESCALATING) {
    const charge = context.store.get("charge", String(after.charge));
    return escalateInquiry(context, after, Math.min(after.amount, refundableOf(context, charge)));
  }
  const outcome = sends ? OUTCOMES[text] : undefined;
  return outcome === undefined ? after : closeDispute(context, after, outcome);
}

const OPEN: ReadonlySet<string> = new Set([
  ...["needs_response", "under_review", "warning_needs_response", "warning_under_review"],
]);

function assertOpen({ id, status }: Stripe.Dispute): void {
  if (OPEN.has(status)) return;
  throw invalidRequest(
    `The dispute ${id} is already closed; its status is ${status}.`,
    "status_transition_invalid",
  );
}
