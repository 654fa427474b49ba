/** Asks the policy about a call, keeps the decision in the call's record, and throws a denial. */
import type { CallRecord } from "../audit/call-record.ts";
import type { RecordedCall } from "../audit/recorded-call.ts";
import { env } from "../env.ts";
import type { Policy } from "../policy/decide.ts";
import { denial } from "../policy/denial.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";

/** What the policy is asked about a call, as of now and in this stage. */
export function policyQuery(
  { principal, now }: Pick<RecordedCall, "principal" | "now">,
  asked: Pick<PolicyQuery, "resource" | "action" | "input">,
): PolicyQuery {
  return { principal, ...asked, stage: env("STAGE"), now: now() };
}

/** The permitting decision. Throws FORBIDDEN or RATE_LIMITED for a denial. */
export function enforcePolicy(policy: Policy, query: PolicyQuery, record: CallRecord): Decision {
  return enforce(policy.decide(query), query, record);
}

/** The decision, if it permits the call. Throws FORBIDDEN or RATE_LIMITED for a denial. */
export function enforce(decision: Decision, query: PolicyQuery, record: CallRecord): Decision {
  record.noteDecision(decision);
  if (decision.decision === "DENY") throw denial(decision, query.now);
  return decision;
}
