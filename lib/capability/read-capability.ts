/**
 * The pipeline for a call of a capability that only reads:
 *
 *   parse > authorise > run > check
 *
 * It claims no key, because a repeated call changes nothing, and leaves an audit entry only if it is refused: its log line
 * shows the others.
 */
import { CallRecord } from "../audit/call-record.ts";
import { redact } from "../audit/redact.ts";
import { asProblem } from "../errors.ts";
import type { Policy } from "../policy/decide.ts";
import { maskFields } from "../policy/mask-fields.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";
import { countUsage } from "../usage/usage-counters.ts";
import type { Capability } from "./capability.ts";
import { checkedInputs } from "./check-inputs.ts";
import { checkOutputs } from "./check-outputs.ts";
import { enforcePolicy, policyQuery } from "./enforce-policy.ts";
import { enforceUncounted } from "./enforce-uncounted.ts";
import { policyInput, proveOwnership } from "./own-objects.ts";
import type { CapabilityAnswer, CapabilityCall } from "./run-capability.ts";

/** Runs one call. Its `action` and `idempotencyKey` do not matter. Throws a Problem if it does not end with outputs. */
export async function readCapability<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  call: CapabilityCall,
): Promise<CapabilityAnswer> {
  const { contract, operation, policy } = capability;
  const record = new CallRecord({
    ...call,
    action: "read",
    eventType: "capability.invoked",
    resource: { type: "capability", id: contract.capabilityId },
  });
  try {
    record.noteInputs(redact(call.inputs, contract.inputs));
    const inputs = checkedInputs(capability, call.inputs);
    const query = policyQuery(call, {
      resource: contract.capabilityId,
      action: "read",
      input: policyInput(capability.findCustomer !== undefined, inputs, call.principal),
    });
    const { redactFields } = await enforceCounted(policy, query, record);
    // Stripe ignores an idempotency key on a request that reads.
    const context = { ...call, idempotencyKey: call.requestId, noteVendorRequest: record.noteVendorRequest };
    await proveOwnership(capability, inputs, context);
    const outputs = checkOutputs(contract, await operation(inputs, context));
    record.writeLogLine("succeeded");
    return { outputs: maskFields(outputs, redactFields), replayed: false };
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** The permitting decision; a call is counted only if a limit of the policy reads the count. */
async function enforceCounted(policy: Policy, query: PolicyQuery, record: CallRecord): Promise<Decision> {
  const decision = await enforceUncounted(policy, query, record);
  const names = policy.usageRead(query);
  if (names.length === 0) return decision;
  const { usage } = await countUsage({
    names,
    principalId: query.principal.id,
    capability: query.resource,
    input: query.input,
    reservation: "",
    now: query.now,
  });
  return enforcePolicy(policy, { ...query, usage }, record);
}
