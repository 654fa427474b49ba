/** Uses an approval for the one call that it is for. */
import { changeItem } from "../aws/change-item.ts";
import { Problem } from "../errors.ts";
import { type ApprovalUse, refusal } from "./approval.ts";
import { approvalKey, approvalOf, approvalsTable, itemOf } from "./approval-item.ts";

export interface UseRequest {
  readonly approvalId: string;
  /** This attempt. */
  readonly use: ApprovalUse;
  /**
   * Whether this attempt continues the call that has used the approval, so that there is still one effect: a call whose outcome
   * is unknown is continued, also after the approval's end.
   */
  readonly continues: (earlier: ApprovalUse) => boolean | Promise<boolean>;
  readonly now: Date;
}

/**
 * Uses the approval, just before the call takes effect. Throws APPROVAL_REQUIRED or FORBIDDEN if it does not let this attempt run,
 * and SERVICE_UNAVAILABLE.
 */
export function useApproval({ approvalId, use, continues, now }: UseRequest): Promise<void> {
  return changeItem(approvalsTable(), approvalKey(approvalId), async (before) => {
    if (before === undefined) throw new Problem("FORBIDDEN", `The approval ${approvalId} does not exist`);
    const approval = approvalOf(before, now);
    const earlier = approval.use;
    if (approval.status === "used" && earlier !== undefined) {
      // After a lost response, the next round finds this attempt's own write.
      if (earlier.owner === use.owner || (await continues(earlier))) return { result: undefined };
    }
    if (approval.status !== "approved") throw refusal(approval);
    const used = { ...approval, status: "used" as const, usedAt: now.toISOString(), use };
    return { item: itemOf(used), result: undefined };
  });
}
