/** Approves or rejects a call of another principal, if the policy permits it. */
import { type Approval, type ApprovedCall, isApprovalId } from "../../lib/approvals/approval.ts";
import { readApproval } from "../../lib/approvals/approval-item.ts";
import {
  type ApprovalDecision,
  decideApproval,
  noSuchApproval,
  readComment,
} from "../../lib/approvals/decide-approval.ts";
import { EffectRecord } from "../../lib/audit/effect-record.ts";
import type { CallContext } from "../../lib/call-context.ts";
import { enforcePolicy, policyQuery } from "../../lib/capability/enforce-policy.ts";
import { shownName } from "../../lib/contract/input-shape.ts";
import { asProblem, invalidField } from "../../lib/errors.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import type { Policy } from "../../lib/policy/decide.ts";
import { maskFields } from "../../lib/policy/mask-fields.ts";
import { present } from "../../lib/present.ts";
import { isRecord } from "../../lib/untrusted.ts";

export interface DecisionCall extends CallContext {
  readonly approvalId: string;
  readonly decision: ApprovalDecision;
  /** `{ comment }`, which is optional. */
  readonly body: unknown;
  readonly principal: Principal;
  readonly ipAddress?: string;
}

const EVENT_TYPES = { approve: "approval.approved", reject: "approval.rejected" } as const;
/** Of an approval that does not exist: only a principal that may decide is told so. */
const NO_CALL: ApprovedCall = { capability: "", principalId: "" };

/**
 * The decided approval, without the fields that the policy masks. Throws FORBIDDEN, NOT_FOUND, CONFLICT if it is not pending,
 * VALIDATION_FAILED for a wrong comment, and SERVICE_UNAVAILABLE.
 */
export async function decide(policy: Policy, call: DecisionCall): Promise<object> {
  const { approvalId, decision, principal } = call;
  const record = new EffectRecord({
    ...call,
    eventType: EVENT_TYPES[decision],
    resource: { type: "approval", id: approvalId },
    action: decision,
    objects: isApprovalId(approvalId) ? [approvalId] : [],
  });
  try {
    const found = isApprovalId(approvalId) ? await readApproval(approvalId, call.now()) : undefined;
    const query = policyQuery(call, {
      resource: "approvals",
      action: decision,
      input: found?.call ?? NO_CALL,
    });
    const { redactFields } = enforcePolicy(policy, query, record);
    if (found === undefined) throw noSuchApproval();
    const comment = commentIn(call.body);
    await record.begin();
    const { approval, replayed } = await decideApproval({
      approvalId,
      decision,
      by: principal.id,
      ...present({ comment }),
      now: query.now,
    });
    const outcome = replayed ? "replayed" : "succeeded";
    await record.end(outcome, outputsOf(approval));
    record.writeLogLine(outcome);
    return maskFields(approval, redactFields);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** What the audit log keeps: the call is described in the approval, and the entry of its request. */
const outputsOf = ({ status, capability, principal }: Approval) => ({
  status,
  capability,
  principalId: principal.id,
});

function commentIn(body: unknown): string | undefined {
  if (!isRecord(body)) throw invalidField("", "must be a JSON object");
  const other = Object.keys(body).find((name) => name !== "comment");
  if (other !== undefined) throw invalidField(shownName(other), "is not known; the only field is comment");
  return readComment(body.comment);
}
