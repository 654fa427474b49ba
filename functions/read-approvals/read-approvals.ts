/** Reads approvals, if the policy permits it. */
import { isApprovalId } from "../../lib/approvals/approval.ts";
import { documentOf, readApproval } from "../../lib/approvals/approval-item.ts";
import { noSuchApproval } from "../../lib/approvals/decide-approval.ts";
import { listApprovals, readApprovalList } from "../../lib/approvals/list-approvals.ts";
import { CallRecord } from "../../lib/audit/call-record.ts";
import type { CallContext } from "../../lib/call-context.ts";
import { enforcePolicy, policyQuery } from "../../lib/capability/enforce-policy.ts";
import { asProblem } from "../../lib/errors.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import type { Policy } from "../../lib/policy/decide.ts";
import { maskFields } from "../../lib/policy/mask-fields.ts";

export interface ReadApprovalsCall extends CallContext {
  /** Of the approval to read; left out for a page of them. */
  readonly approvalId: string | undefined;
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly principal: Principal;
  readonly ipAddress?: string;
}

/**
 * An `Approval` or an `ApprovalPage`, without the fields that the policy masks. Only a refused attempt is kept in the audit log.
 * Throws FORBIDDEN, NOT_FOUND, VALIDATION_FAILED for a wrong parameter, and SERVICE_UNAVAILABLE.
 */
export async function readApprovals(policy: Policy, call: ReadApprovalsCall): Promise<object> {
  const { approvalId, parameters } = call;
  const record = new CallRecord({
    ...call,
    eventType: "approval.read",
    resource: { type: "approval", id: approvalId ?? "approvals" },
    action: "read-approvals",
  });
  try {
    const query = policyQuery(call, { resource: "approvals", action: "read-approvals", input: {} });
    const { redactFields } = enforcePolicy(policy, query, record);
    const found =
      approvalId === undefined
        ? await listApprovals(readApprovalList(parameters), query.now)
        : await oneApproval(approvalId, query.now);
    record.writeLogLine("succeeded");
    return maskFields(found, redactFields);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

async function oneApproval(approvalId: string, now: Date): Promise<object> {
  const found = isApprovalId(approvalId) ? await readApproval(approvalId, now) : undefined;
  if (found === undefined) throw noSuchApproval();
  return documentOf(found);
}
