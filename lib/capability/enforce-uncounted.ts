/**
 * The first of the policy's two decisions about a call that changes something: before the call is counted. The second one
 * knows its usage.
 */
import type { CallRecord } from "../audit/call-record.ts";
import type { Policy } from "../policy/decide.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";
import { countUsage } from "../usage/usage-counters.ts";
import { enforce } from "./enforce-policy.ts";

/**
 * The permitting decision, without the call's usage. A denied call is counted here, so that a caller cannot make more of
 * them than of others. Throws FORBIDDEN or RATE_LIMITED for a denial, and SERVICE_UNAVAILABLE if it cannot be counted.
 */
export async function enforceUncounted(
  policy: Policy,
  query: PolicyQuery,
  record: CallRecord,
): Promise<Decision> {
  const decision = policy.decide(query);
  if (decision.decision === "DENY") await refuseExcess(policy, query, record);
  return enforce(decision, query, record);
}

/**
 * Counts a call that will be refused, so that a caller cannot make more of them than of others. Throws RATE_LIMITED if there are too
 * many, and SERVICE_UNAVAILABLE if it cannot be counted.
 */
export async function refuseExcess(policy: Policy, query: PolicyQuery, record: CallRecord): Promise<void> {
  const names = policy.usageRead(query).filter((name) => name === "callsThisMinute");
  const { usage } = await countUsage({
    names,
    principalId: query.principal.id,
    capability: query.resource,
    input: {},
    reservation: "",
    now: query.now,
  });
  const exceeded = policy.exceededLimit({ ...query, usage });
  if (exceeded !== undefined) enforce(exceeded, query, record);
}
