/** Reading the audit log as an attempt of its own: decided by the policy, and recorded before it is answered. */
import { recordAttempt } from "../../lib/audit/attempt.ts";
import type { AuditBeginning, AuditEnding, AuditEntry } from "../../lib/audit/audit-entry.ts";
import { findEntries } from "../../lib/audit/query.ts";
import { AUDIT_PARAMETERS, readAuditQuery, writeCursor } from "../../lib/audit/query-parameters.ts";
import { redact } from "../../lib/audit/redact.ts";
import type { Principal } from "../../lib/capability/capability.ts";
import { asProblem, Problem } from "../../lib/errors.ts";
import { log } from "../../lib/log.ts";
import { type Decision, decide } from "../../lib/policy/decide.ts";
import { appSecrets } from "../../lib/secrets.ts";

export interface AuditCall {
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly principal: Principal;
  readonly requestId: string;
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly now: () => Date;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** For the parameter `cursor` of the next page. */
  readonly next?: string;
}

/** One page of the log. Throws FORBIDDEN, VALIDATION_FAILED with the parameter's path, or SERVICE_UNAVAILABLE. */
export async function readAudit(call: AuditCall): Promise<AuditPage> {
  const startedAt = call.now();
  const policyDecision = decide(call.principal, "read", "audit");
  const record = (ending: Omit<AuditEnding, "durationMs" | "policyDecision">) =>
    recordReading(call, startedAt, policyDecision, ending);
  let page: AuditPage;
  try {
    page = await findPage(call, policyDecision, startedAt);
  } catch (thrown) {
    const problem = asProblem(thrown);
    await record({ result: problem.code === "FORBIDDEN" ? "denied" : "failed", code: problem.code });
    throw problem;
  }
  await record({ result: "succeeded", outputs: { entries: page.entries.length } });
  return page;
}

async function findPage(call: AuditCall, { decision, reason }: Decision, now: Date): Promise<AuditPage> {
  if (decision !== "PERMIT") throw new Problem("FORBIDDEN", reason);
  const query = readAuditQuery(call.parameters, now);
  const { entries, end } = await findEntries(query, now);
  return end === undefined ? { entries } : { entries, next: writeCursor(end, query) };
}

/** The parameters are ids, times and words of ours; what else was sent is not kept. */
const KEPT = { auditablePaths: AUDIT_PARAMETERS.map((name) => [name]), withheldPaths: [] };

async function recordReading(
  call: AuditCall,
  startedAt: Date,
  policyDecision: Decision,
  ended: Omit<AuditEnding, "durationMs" | "policyDecision">,
): Promise<void> {
  const beginning: AuditBeginning = {
    eventType: "audit.read",
    actor: { id: call.principal.id, roles: call.principal.roles },
    resource: { type: "audit", id: "audit" },
    action: "read",
    requestId: call.requestId,
    startedAt,
    deadline: call.deadline,
    inputs: redact(call.parameters, KEPT),
  };
  const durationMs = call.now().getTime() - startedAt.getTime();
  const mark = await recordAttempt(beginning, { ...ended, durationMs, policyDecision }, await appSecrets());
  log("info", {
    event: "audit.read",
    principalId: call.principal.id,
    requestId: call.requestId,
    durationMs,
    ...mark,
  });
}
