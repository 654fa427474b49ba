/** Runs the chosen command of `npm run approvals`. */
import { documentOf, readApproval } from "../../lib/approvals/approval-item.ts";
import { decideApproval, noSuchApproval } from "../../lib/approvals/decide-approval.ts";
import { listApprovals } from "../../lib/approvals/list-approvals.ts";
import { present } from "../../lib/present.ts";
import type { Circumstances, Target, Verdict } from "../command-line/command.ts";
import { auditedDeed } from "../operator/audited-deed.ts";
import { operatorOf } from "../operator/operator-of.ts";
import { selectTables, selectTarget } from "../target.ts";
import type { ApprovalsAsked } from "./command.ts";
import { approvalTable, approvalText } from "./shown.ts";

type ListAsked = Extract<ApprovalsAsked, { action: "list" }>;
type DecisionAsked = Extract<ApprovalsAsked, { action: "approve" | "reject" }>;

const EVENT_TYPES = { approve: "approval.approved", reject: "approval.rejected" } as const;
/** Longer than the requests to DynamoDB can take. */
const AT_MOST_MS = 30_000;

export async function runApprovals(asked: ApprovalsAsked, { now, target }: Circumstances): Promise<Verdict> {
  selectTarget(target);
  await selectTables(target);
  if (asked.action === "list") await list(asked, now);
  else if (asked.action === "show") {
    const found = await readApproval(asked.approvalId, now);
    if (found === undefined) throw noSuchApproval();
    console.log(approvalText(documentOf(found)));
  } else await decide(asked, now, target);
  return "nothing wrong";
}

async function list({ list: wanted, json }: ListAsked, now: Date): Promise<void> {
  const page = await listApprovals(wanted, now);
  if (json) {
    console.log(JSON.stringify(page, null, 2));
    return;
  }
  const kind = wanted.status === undefined ? "" : `${wanted.status} `;
  console.log(page.items.length === 0 ? `No ${kind}approvals.` : approvalTable(page.items));
  if (page.next !== undefined) console.log(`\nFor the next page: --after ${page.next}`);
}

/** Operators are above the policy: whoever may write the tables may decide. The audit log names them. */
async function decide(
  { action, approvalId, comment }: DecisionAsked,
  now: Date,
  target: Target,
): Promise<void> {
  const operator = await operatorOf(target);
  const deed = {
    eventType: EVENT_TYPES[action],
    resource: { type: "approval", id: approvalId },
    action,
    objects: [approvalId],
    startedAt: now,
    atMostMs: AT_MOST_MS,
  } as const;
  const approval = await auditedDeed(target, operator, deed, async () => {
    const decided = await decideApproval({
      approvalId,
      decision: action,
      by: operator.id,
      ...present({ comment }),
      now,
    });
    const { status, capability, principal } = decided.approval;
    return {
      value: decided.approval,
      replayed: decided.replayed,
      outputs: { status, capability, principalId: principal.id },
    };
  });
  const { status, capability, principal, expiresAt } = approval;
  const until = status === "approved" ? ` It can be made until ${expiresAt}.` : "";
  console.log(`${approvalId} is ${status}: ${approval.action} ${capability} by ${principal.id}.${until}`);
}
