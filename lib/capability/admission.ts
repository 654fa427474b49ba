/**
 * The steps between a permitted call and its operation: the audit entry, the claim on the idempotency key and the usage
 * counters. The three are written concurrently, in one round trip; then the policy decides again, with the usage. If
 * the call cannot run, its claim and its usage are given back.
 */
import type { EffectRecord } from "../audit/effect-record.ts";
import type { CallContext } from "../call-context.ts";
import { type ClaimResult, claimKey, type OwnedClaim, returnClaim } from "../idempotency/claims.ts";
import { vendorKeyOf } from "../idempotency/idempotency-key.ts";
import { inputsDigests } from "../idempotency/inputs-digest.ts";
import { describeCause, log } from "../log.ts";
import type { Policy } from "../policy/decide.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";
import { type CountedUsage, countUsage } from "../usage/usage-counters.ts";
import { enforcePolicy } from "./enforce-policy.ts";

/** `deadline` is when the claim's lease ends. */
export interface AdmissionRequest extends Pick<CallContext, "deadline"> {
  /** From `scopedKey`. */
  readonly id: string;
  readonly inputs: unknown;
  readonly appSecrets: readonly string[];
}

export type Admission =
  | {
      readonly kind: "claimed";
      readonly claim: OwnedClaim;
      readonly usage: CountedUsage;
      readonly decision: Decision;
    }
  | {
      readonly kind: "answered";
      readonly id: string;
      readonly sealedAnswer: string;
      readonly decision: Decision;
    };

/** Admits the call to its operation, or finds its stored answer. Throws the Problem that refuses it. */
export async function admit(
  policy: Policy,
  query: PolicyQuery,
  record: EffectRecord,
  { id, inputs, appSecrets, deadline }: AdmissionRequest,
): Promise<Admission> {
  const digests = inputsDigests(inputs, appSecrets);
  const [begun, claimed, counted] = await Promise.allSettled([
    record.begin(),
    claimKey({
      id,
      inputsDigests: digests,
      vendorKey: vendorKeyOf(id, appSecrets),
      leaseUntil: deadline,
      now: query.now,
    }),
    countUsage({
      names: policy.usageRead(query),
      principalId: query.principal.id,
      capability: query.resource,
      input: query.input,
      reservation: `${id}:${digests[0]}`,
      now: query.now,
    }),
  ]);
  try {
    const result = succeeded(claimed);
    succeeded(begun);
    const usage = succeeded(counted);
    // A call that has released this key may be releasing the amount that this call found reserved.
    const counts = result.kind === "claimed" ? await usage.hold() : usage.usage;
    const decision = enforcePolicy(policy, { ...query, usage: counts }, record);
    if (result.kind === "claimed") return { kind: "claimed", claim: result.claim, usage, decision };
    // The call that got this answer first is the one that counts.
    await giveBack(claimed, counted);
    return { kind: "answered", id, sealedAnswer: result.sealedAnswer, decision };
  } catch (thrown) {
    await giveBack(claimed, counted);
    throw thrown;
  }
}

function succeeded<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** What this call has reserved is released; what another call of the same payment holds stays counted. */
async function giveBack(
  claimed: PromiseSettledResult<ClaimResult>,
  counted: PromiseSettledResult<CountedUsage>,
): Promise<void> {
  try {
    await Promise.all([
      claimed.status === "fulfilled" && claimed.value.kind === "claimed"
        ? returnClaim(claimed.value.claim)
        : undefined,
      counted.status === "fulfilled" ? counted.value.undo() : undefined,
    ]);
  } catch (unsettled) {
    // The lease ends by itself, and an extra amount only makes a limit tighter until the day ends.
    log("warn", { event: "admission.unsettled", cause: describeCause(unsettled) });
  }
}
