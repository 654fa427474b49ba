/**
 * The one pipeline for every call of a capability, over any transport:
 *
 *   parse > authorise > await approval > claim > run > check > record
 *
 * It knows neither Lambda nor any vendor. Every step that a call must not skip is here, once. Capabilities that only read
 * have fewer steps: read-capability.ts.
 */
import type { Approval } from "../approvals/approval.ts";
import { useApproval } from "../approvals/use-approval.ts";
import { EffectRecord } from "../audit/effect-record.ts";
import { redact } from "../audit/redact.ts";
import type { CallContext } from "../call-context.ts";
import { asProblem, Problem } from "../errors.ts";
import { completeClaim, type OwnedClaim, returnClaim, suspendClaim } from "../idempotency/claims.ts";
import { readIdempotencyKey, scopedKey } from "../idempotency/idempotency-key.ts";
import type { Principal } from "../identity/principal.ts";
import { describeCause, log } from "../log.ts";
import { denial } from "../policy/denial.ts";
import { maskFields } from "../policy/mask-fields.ts";
import { createSealer, type Sealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { type Admission, admit } from "./admission.ts";
import type { Capability, CapabilityContract, RunContext } from "./capability.ts";
import { checkedInputs } from "./check-inputs.ts";
import { checkOutputs } from "./check-outputs.ts";
import { policyQuery } from "./enforce-policy.ts";
import { enforceUncounted } from "./enforce-uncounted.ts";
import { policyInput, proveOwnership } from "./own-objects.ts";
import { requireApproval } from "./require-approval.ts";
import { replayAnswer, type StoredAnswer, sealAnswer, storedRefusal } from "./stored-answer.ts";

export interface CapabilityCall extends CallContext {
  readonly inputs: unknown;
  readonly principal: Principal;
  /** `invoke` by a caller, `step` by a workflow run. */
  readonly action: "invoke" | "step";
  /** The caller's key, unchanged, or the run and step of a workflow task. */
  readonly idempotencyKey: string | undefined;
  readonly ipAddress?: string;
  /** Ids by which the audit log finds the call, in addition to those in its inputs and outputs, such as a run's. */
  readonly objects?: readonly string[];
  /** The run whose step this is. */
  readonly run?: RunContext;
}

export interface CapabilityAnswer {
  /** As the contract says, without the fields that the policy masks. */
  readonly outputs: object;
  /** True when this is the stored answer of an earlier call with the same key. */
  readonly replayed: boolean;
}

/** Runs one call. Throws a Problem if it does not end with outputs. */
export async function runCapability<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  call: CapabilityCall,
): Promise<CapabilityAnswer> {
  const { contract, policy } = capability;
  const record = new EffectRecord({
    ...call,
    eventType: "capability.invoked",
    resource: { type: "capability", id: contract.capabilityId },
  });
  try {
    record.noteInputs(redact(call.inputs, contract.inputs));
    const key = readIdempotencyKey(call.idempotencyKey);
    const inputs = checkedInputs(capability, call.inputs);
    const query = policyQuery(call, {
      resource: contract.capabilityId,
      action: call.action,
      input: policyInput(capability.findCustomer !== undefined, inputs, call.principal),
    });
    const decision = await enforceUncounted(policy, query, record);
    const secrets = await appSecrets();
    const sealer = createSealer(secrets);
    const id = scopedKey(call.principal, keyScope(call.action, contract.capabilityId), key);
    const approval = await requireApproval(policy, query, decision, record, {
      id,
      inputs,
      shownInput: redact(inputs, contract.inputs, { allItems: true }),
      appSecrets: secrets,
    });
    const admission = await admit(policy, query, record, {
      id,
      inputs,
      appSecrets: secrets,
      deadline: call.deadline,
    });
    const answer =
      admission.kind === "answered"
        ? await replay(contract, admission, sealer, record)
        : await runClaimed(capability, inputs, call, { ...admission, approval }, sealer, record);
    record.writeLogLine(answer.replayed ? "replayed" : "succeeded");
    return { ...answer, outputs: maskFields(answer.outputs, admission.decision.redactFields) };
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** Steps have keys of their own: a caller who knows a run's id cannot take the key of one of its steps. */
function keyScope(action: CapabilityCall["action"], capabilityId: string): string {
  return action === "step" ? `step:${capabilityId}` : capabilityId;
}

type Admitted = Extract<Admission, { kind: "claimed" }> & {
  /** Of a call that the policy wants to be approved. */
  readonly approval: Approval | undefined;
};

async function replay<Inputs, Outputs extends object>(
  contract: CapabilityContract<Inputs, Outputs>,
  { id, sealedAnswer }: Extract<Admission, { kind: "answered" }>,
  sealer: Sealer,
  record: EffectRecord,
): Promise<CapabilityAnswer> {
  const outputs = replayAnswer(sealedAnswer, id, sealer, contract.outputs);
  await record.end("replayed", redact(outputs, contract.outputs));
  return { outputs, replayed: true };
}

async function runClaimed<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  inputs: Inputs,
  call: CapabilityCall,
  admitted: Admitted,
  sealer: Sealer,
  record: EffectRecord,
): Promise<CapabilityAnswer> {
  const { claim } = admitted;
  const { contract, operation } = capability;
  let outputs: Outputs;
  try {
    const context = { ...call, idempotencyKey: claim.vendorKey, noteVendorRequest: record.noteVendorRequest };
    await proveOwnership(capability, inputs, context);
    await useApprovalOf(admitted, call.now());
    outputs = checkOutputs(contract, await operation(inputs, context));
  } catch (thrown) {
    const problem = asProblem(thrown);
    await settleFailure(admitted, problem, sealer);
    throw problem;
  }
  await Promise.all([
    store(claim, { outputs }, sealer),
    record.end("succeeded", redact(outputs, contract.outputs)),
  ]);
  return { outputs, replayed: false };
}

/** A call that continues one whose outcome is unknown needs the approval no second time: it has the same claim. */
async function useApprovalOf({ decision, approval, claim }: Admitted, now: Date): Promise<void> {
  if (decision.decision !== "APPROVE") return;
  if (approval === undefined) throw denial(decision, now);
  const { owner, resumed, endsAt } = claim;
  await useApproval({
    approvalId: approval.approvalId,
    use: { owner, claimEndsAt: endsAt },
    continues: ({ claimEndsAt }) => resumed && claimEndsAt === endsAt,
    now,
  });
}

/**
 * A refused payment is an answer: it is stored and replayed. Any other final refusal changed nothing and frees the key,
 * unless an earlier call with it may have changed something. In all other cases the outcome is unknown: the claim
 * stays, so that the next call resumes with the same idempotency key at the vendor.
 */
async function settleFailure({ claim, usage }: Admitted, problem: Problem, sealer: Sealer): Promise<void> {
  try {
    if (problem.code === "PAYMENT_REQUIRED")
      await Promise.all([store(claim, storedRefusal(problem), sealer), usage.undo()]);
    else if (problem.status < 500 && !problem.retryable)
      await Promise.all([returnClaim(claim), claim.resumed ? undefined : usage.undo()]);
    else await suspendClaim(claim);
  } catch (unsettled) {
    // The lease ends by itself; the caller still gets the failure that came first.
    log("warn", { event: "idempotency.unsettled", cause: describeCause(unsettled) });
  }
}

async function store(claim: OwnedClaim, answer: StoredAnswer, sealer: Sealer): Promise<void> {
  if (await completeClaim(claim, sealAnswer(answer, claim.id, sealer))) return;
  throw new Problem("SERVICE_UNAVAILABLE", "The claim's lease expired before the answer was stored", {
    retryAfterSeconds: 1,
  });
}
