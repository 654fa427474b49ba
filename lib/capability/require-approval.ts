/**
 * The step of a call that another principal must approve. Between the policy's first decision and the claim: a call that
 * waits has neither a key nor an amount.
 */
import { type Approval, approvalIds, refusal } from "../approvals/approval.ts";
import { createApproval, findApproval } from "../approvals/request-approval.ts";
import type { EffectRecord } from "../audit/effect-record.ts";
import { bindInputs } from "../idempotency/bind-inputs.ts";
import { inputsDigests } from "../idempotency/inputs-digest.ts";
import type { Policy } from "../policy/decide.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";
import { refuseExcess } from "./enforce-uncounted.ts";

export interface ApprovableCall {
  /** From `scopedKey`. */
  readonly id: string;
  readonly inputs: unknown;
  /** The inputs as they can be shown. */
  readonly shownInput: unknown;
  readonly appSecrets: readonly string[];
}

/**
 * The approval with which the call may go on: it is approved, or this call has used it before. Undefined if the policy wants none.
 * Throws APPROVAL_REQUIRED for a call that waits, FORBIDDEN for one that was rejected or whose approval has expired, VALIDATION_FAILED
 * for another call with the same key, RATE_LIMITED and SERVICE_UNAVAILABLE.
 */
export async function requireApproval(
  policy: Policy,
  query: PolicyQuery,
  decision: Decision,
  record: EffectRecord,
  { id, inputs, shownInput, appSecrets }: ApprovableCall,
): Promise<Approval | undefined> {
  if (decision.decision !== "APPROVE") return undefined;
  const ids = approvalIds(id, inputs, appSecrets);
  const found = await findApproval(ids, query.now);
  if (found?.status === "approved" || found?.status === "used") {
    record.noteObjects([found.approvalId]);
    return found;
  }
  await refuseExcess(policy, query, record);
  const [approvalId = ""] = ids;
  record.noteObjects([found?.approvalId ?? approvalId]);
  if (found !== undefined) throw refusal(found);
  await bindInputs({ id, inputsDigests: inputsDigests(inputs, appSecrets), now: query.now });
  // The request has an effect of its own: somebody is asked for a decision.
  await record.begin();
  throw refusal(await createApproval({ approvalId, query, decision, shownInput }));
}
