/** What the audit entry contains about a call. Pure. */
import type { Problem } from "../errors.ts";
import { maskFields, REDACTED } from "../policy/mask-fields.ts";
import type { Decision } from "../policy/policy.ts";
import { present } from "../present.ts";
import type { AuditBeginning, AuditEnding } from "./audit-entry.ts";
import type { CallFacts, RecordedCall } from "./recorded-call.ts";

export type Result = AuditEnding["result"];

export function beginningOf(call: RecordedCall, startedAt: Date, facts: CallFacts): AuditBeginning {
  const { principal, ipAddress, eventType, resource, action, requestId, deadline } = call;
  return {
    eventType,
    actor: { id: principal.id, roles: principal.roles, ...present({ ipAddress }) },
    resource,
    action,
    requestId,
    startedAt,
    deadline,
    ...present({ inputs: facts.inputs }),
    objects: facts.objects,
  };
}

/** `problem`: the end of a call without outputs. */
export function endingOf(
  result: Result,
  durationMs: number,
  { decision, vendorRequestId, outputs }: CallFacts,
  problem?: Problem,
): AuditEnding {
  return {
    result,
    durationMs,
    ...present({
      policyDecision: decision && policyDecision(decision),
      stripeRequestId: vendorRequestId,
      outputs,
      code: problem?.code,
      declineCode: problem?.declineCode,
    }),
  };
}

const policyDecision = ({ decision, ruleId, reason }: Decision) => ({ decision, ruleId, reason });

export function refusalResult(problem: Problem, decision: Decision | undefined): Result {
  if (problem.replayed) return "replayed";
  return decision?.decision === "DENY" || problem.approval !== undefined ? "denied" : "failed";
}

/**
 * The inputs without wrong values: a field is kept because of what its contract says, and a wrong value can be
 * anything. Nothing is kept of inputs with more wrong values than are listed.
 */
export function withoutWrongValues(
  inputs: unknown,
  { issues, moreIssues }: Pick<Problem, "issues" | "moreIssues">,
): unknown {
  if (typeof inputs !== "object" || inputs === null) return inputs;
  if (moreIssues > 0) return REDACTED;
  return maskFields(
    inputs,
    issues.map(({ path }) => path),
  );
}
