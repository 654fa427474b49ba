/** Runs the chosen command of `npm run approvals`. */
import { randomUUID } from "node:crypto";
import { documentOf, readApproval } from "../../lib/approvals/approval-item.ts";
import { decideApproval, noSuchApproval } from "../../lib/approvals/decide-approval.ts";
import { listApprovals } from "../../lib/approvals/list-approvals.ts";
import { beginAttempt } from "../../lib/audit/attempt.ts";
import { asProblem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { DEFAULT_RETENTION_DAYS } from "../../resources/grants.ts";
import { readStageFile } from "../../resources/stage-settings.ts";
import type { Circumstances, Target, Verdict } from "../command-line/command.ts";
import { selectTables, selectTarget } from "../target.ts";
import type { ApprovalsAsked } from "./command.ts";
import { operatorOf } from "./operator.ts";
import { approvalTable, approvalText } from "./shown.ts";

type ListAsked = Extract<ApprovalsAsked, { action: "list" }>;
type DecisionAsked = Extract<ApprovalsAsked, { action: "approve" | "reject" }>;

const EVENT_TYPES = { approve: "approval.approved", reject: "approval.rejected" } as const;
/** Longer than the requests to DynamoDB can take: until then, the entry reads as pending. */
const DEADLINE_MS = 30_000;

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
  keepEntriesAs(target);
  const attempt = await beginAttempt(
    {
      eventType: EVENT_TYPES[action],
      actor: { id: operator.id, roles: operator.roles },
      resource: { type: "approval", id: approvalId },
      action,
      requestId: randomUUID(),
      startedAt: now,
      deadline: now.getTime() + DEADLINE_MS,
      objects: [approvalId],
    },
    await appSecrets(),
  );
  try {
    const { approval, replayed } = await decideApproval({
      approvalId,
      decision: action,
      by: operator.id,
      ...present({ comment }),
      now,
    });
    const { status, capability, principal, expiresAt } = approval;
    const outputs = { status, capability, principalId: principal.id };
    await attempt.end({ result: replayed ? "replayed" : "succeeded", durationMs: 0, outputs });
    const until = status === "approved" ? ` It can be made until ${expiresAt}.` : "";
    console.log(`${approvalId} is ${status}: ${approval.action} ${capability} by ${principal.id}.${until}`);
  } catch (thrown) {
    const problem = asProblem(thrown);
    await attempt.end({ result: "failed", durationMs: 0, code: problem.code });
    throw problem;
  }
}

/** Entries of operators are kept as long as those of functions. */
function keepEntriesAs({ stage }: Target): void {
  const { values } = stage === undefined ? { values: {} } : readStageFile(stage);
  const { AUDIT_RETENTION_DAYS, AUDIT_ARCHIVE }: Readonly<Record<string, string>> = values;
  process.env.AUDIT_RETENTION_DAYS = AUDIT_RETENTION_DAYS ?? DEFAULT_RETENTION_DAYS;
  process.env.AUDIT_ARCHIVE = AUDIT_ARCHIVE ?? "on";
}
