/** Approves or rejects a call that waits for it. */
import { changeItem } from "../aws/change-item.ts";
import { holdsCardNumber } from "../card-data.ts";
import { invalidField, Problem } from "../errors.ts";
import { present } from "../present.ts";
import type { Approval, StoredApproval } from "./approval.ts";
import { approvalKey, approvalOf, approvalsTable, documentOf, itemOf } from "./approval-item.ts";

export type ApprovalDecision = "approve" | "reject";

export interface DecideRequest {
  readonly approvalId: string;
  readonly decision: ApprovalDecision;
  /** The id of the principal that decides. */
  readonly by: string;
  /** For other people who look at the approval. */
  readonly comment?: string;
  readonly now: Date;
}

export interface DecidedApproval {
  readonly approval: Approval;
  /** An earlier call of the same principal has decided so. */
  readonly replayed: boolean;
}

const STATUS = { approve: "approved", reject: "rejected" } as const;
/** In characters. */
export const MAX_COMMENT = 500;

/**
 * Decides once. Throws NOT_FOUND, FORBIDDEN for the principal that wants to make the call, CONFLICT if it was decided otherwise or
 * has expired, and SERVICE_UNAVAILABLE.
 */
export function decideApproval({
  approvalId,
  decision,
  by,
  comment,
  now,
}: DecideRequest): Promise<DecidedApproval> {
  return changeItem<DecidedApproval>(approvalsTable(), approvalKey(approvalId), (before) => {
    if (before === undefined) throw noSuchApproval();
    const approval = approvalOf(before, now);
    const status = STATUS[decision];
    if (approval.principal.id === by) throw ownCall(decision);
    if (approval.status === status && approval.decidedBy === by)
      return { result: { approval: documentOf(approval), replayed: true } };
    if (approval.status !== "pending") throw notPending(approval);
    const decided = {
      ...approval,
      status,
      decidedBy: by,
      decidedAt: now.toISOString(),
      ...present({ comment }),
    };
    return { item: itemOf(decided), result: { approval: documentOf(decided), replayed: false } };
  });
}

export function noSuchApproval(): Problem {
  const message = "is not the id of an approval";
  return new Problem("NOT_FOUND", `approvalId ${message}`, { issues: [{ path: "approvalId", message }] });
}

function ownCall(decision: ApprovalDecision): Problem {
  return new Problem(
    "FORBIDDEN",
    `A principal cannot ${decision} a call of its own, whatever its roles; another principal must decide`,
  );
}

function notPending({ status }: StoredApproval): Problem {
  const message = status === "expired" ? "has expired" : `is already ${status}`;
  return new Problem("CONFLICT", `The approval ${message}; only a pending one can be decided`, {
    issues: [{ path: "approvalId", message }],
  });
}

/** The checked comment; undefined for none. Throws VALIDATION_FAILED. */
export function readComment(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "") throw invalidField("comment", "must be text");
  if (value.length > MAX_COMMENT)
    throw invalidField("comment", `must have at most ${MAX_COMMENT} characters; it has ${value.length}`);
  if (holdsCardNumber(value)) throw invalidField("comment", "must not contain the number of a card");
  return value;
}
