/** Finds the approval of a call, or asks for it. */
import { putItem } from "../aws/dynamodb.ts";
import { optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";
import { answerTtlSeconds } from "../idempotency/claims.ts";
import { type Decision, isApprovable, type PolicyQuery } from "../policy/policy.ts";
import { present } from "../present.ts";
import { fieldsOf, textOf, wholeNumberOf } from "../untrusted.ts";
import type { ApprovedCall, StoredApproval } from "./approval.ts";
import { approvalKey, approvalsTable, itemOf, readApproval } from "./approval-item.ts";

const MAX_HOURS = 24;
const IS_NEW = "attribute_not_exists(approvalId)";

/** The first of these approvals that exists. Throws SERVICE_UNAVAILABLE. */
export async function findApproval(ids: readonly string[], now: Date): Promise<StoredApproval | undefined> {
  for (const id of ids) {
    const found = await readApproval(id, now);
    if (found !== undefined) return found;
  }
  return undefined;
}

export interface ApprovalRequest {
  readonly approvalId: string;
  /** What the policy was asked, and that it wants an approval. */
  readonly query: PolicyQuery;
  readonly decision: Pick<Decision, "ruleId" | "reason">;
  /** The input as it can be shown. */
  readonly shownInput: unknown;
}

/** The new approval, or the one that a concurrent call has asked for. Throws SERVICE_UNAVAILABLE. */
export async function createApproval({
  approvalId,
  query,
  decision,
  shownInput,
}: ApprovalRequest): Promise<StoredApproval> {
  const { principal, resource, action, input, now } = query;
  if (!isApprovable(action)) throw new Problem("INTERNAL_ERROR", `${action} cannot be approved`);
  const approval: StoredApproval = {
    approvalId,
    status: "pending",
    capability: resource,
    action,
    input: shownInput,
    ruleId: decision.ruleId,
    reason: decision.reason,
    principal: { id: principal.id, roles: principal.roles },
    requestedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + validSeconds() * 1000).toISOString(),
    call: callOf(resource, principal.id, input),
  };
  const item = { ...itemOf(approval), ...approvalKey(approvalId), version: 1 };
  if (await putItem(approvalsTable(), item, { expression: IS_NEW })) return approval;
  return (await readApproval(approvalId, now)) ?? approval;
}

/** Only what fits the names' usual types: an approval's rule compares amounts with numbers. */
function callOf(capability: string, principalId: string, input: unknown): ApprovedCall {
  const { amount, currency, customerId } = fieldsOf(input);
  return {
    capability,
    principalId,
    ...present({
      amount: wholeNumberOf(amount),
      currency: textOf(currency),
      customerId: textOf(customerId),
    }),
  };
}

/** An approved call has its key for as long as the approval is valid. */
function validSeconds(): number {
  return Math.min(answerTtlSeconds(), readApprovalHours(optionalEnv("APPROVAL_HOURS")) * 3600);
}

/** The hours in `text`; 24 if it is not set. Throws INTERNAL_ERROR for anything but a whole number from 1 to 24. */
export function readApprovalHours(text: unknown): number {
  const hours = Number(text ?? MAX_HOURS);
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_HOURS) return hours;
  throw new Problem(
    "INTERNAL_ERROR",
    `APPROVAL_HOURS must be a whole number of hours from 1 to ${MAX_HOURS}; it is "${String(text)}"`,
  );
}
