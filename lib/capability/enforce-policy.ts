/** Asking the policy, with the answer kept in the call's record and a denial thrown. */
import type { CallRecord } from "../audit/call-record.ts";
import type { Policy } from "../policy/decide.ts";
import { denial } from "../policy/denial.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";

/** The decision that permits. Throws FORBIDDEN or RATE_LIMITED for one that does not. */
export function enforcePolicy(policy: Policy, query: PolicyQuery, record: CallRecord): Decision {
  const decision = policy.decide(query);
  record.noteDecision(decision);
  if (decision.decision === "DENY") throw denial(decision, query.now);
  return decision;
}
