/**
 * The one pipeline every call of a capability goes through, whatever transport it came by:
 *
 *   parse > authorise > claim > run > check > record
 *
 * It knows neither Lambda nor any vendor. What must not be forgotten stands here once.
 */
import { createHmac } from "node:crypto";
import { env } from "../env.ts";
import { asProblem, Problem } from "../errors.ts";
import {
  claimKey,
  completeClaim,
  type OwnedClaim,
  releaseClaim,
  suspendClaim,
} from "../idempotency/claims.ts";
import { canonicalJson, scopedKey } from "../idempotency/idempotency-key.ts";
import { describeCause, log } from "../log.ts";
import type { Policy } from "../policy/decide.ts";
import { createSealer, type Sealer } from "../sealing/sealing.ts";
import { secret } from "../secrets.ts";
import type { CapabilityContract, Operation, Principal } from "./capability.ts";

export interface CapabilityCall {
  readonly inputs: unknown;
  readonly principal: Principal;
  /** The caller's key, or the run and step of a workflow task. */
  readonly idempotencyKey: string;
  readonly requestId: string;
  /** Unix time in milliseconds by which the call must have ended. */
  readonly deadline: number;
  readonly now: () => Date;
  readonly policy: Policy;
}

export interface CapabilityAnswer<Outputs> {
  readonly outputs: Outputs;
  /** True when this is the stored answer of an earlier call with the same key. */
  readonly replayed: boolean;
}

interface Stored {
  readonly outputs?: unknown;
  readonly refusal?: { readonly message: string; readonly declineCode?: string };
}

/** Runs one call. Throws a Problem for everything that does not end in outputs. */
export async function runCapability<Inputs, Outputs>(
  contract: CapabilityContract<Inputs, Outputs>,
  operation: Operation<Inputs, Outputs>,
  call: CapabilityCall,
): Promise<CapabilityAnswer<Outputs>> {
  const record = startRecord(contract.capabilityId, call);
  try {
    const inputs = parse(contract, call.inputs);
    authorise(contract.capabilityId, call, inputs);
    const appSecret = await secret("APP_SECRET");
    const sealer = createSealer(appSecret);
    const id = scopedKey(call.principal, contract.capabilityId, call.idempotencyKey);
    const result = await claimKey({
      id,
      inputsDigest: createHmac("sha256", appSecret).update(canonicalJson(inputs)).digest("hex"),
      leaseUntil: call.deadline,
      now: call.now(),
    });
    if (result.kind === "answered") {
      const outputs = replay(contract, sealer, id, result.sealedAnswer);
      record.end("replayed");
      return { outputs, replayed: true };
    }
    const outputs = await runClaimed(
      contract,
      operation,
      inputs,
      call,
      result.claim,
      sealer,
      record.noteVendorRequest,
    );
    record.end("succeeded");
    return { outputs, replayed: false };
  } catch (thrown) {
    const problem = asProblem(thrown);
    record.end("failed", problem);
    throw problem;
  }
}

function parse<Inputs, Outputs>(contract: CapabilityContract<Inputs, Outputs>, inputs: unknown): Inputs {
  const checked = contract.inputs.check(inputs);
  if (checked.ok) return checked.value;
  const first = checked.issues[0];
  const more = checked.issues.length > 1 ? ` (and ${checked.issues.length - 1} more)` : "";
  throw new Problem(
    "VALIDATION_FAILED",
    `${first?.path ?? ""} ${first?.message ?? "is not valid"}${more}`.trim(),
    {
      issues: checked.issues,
    },
  );
}

function authorise(capability: string, { principal, policy, now }: CapabilityCall, input: unknown): void {
  const query = { principal, capability, action: "invoke", input, stage: env("STAGE"), now: now() } as const;
  const { decision, reason, issues } = policy.decide(query);
  if (decision === "DENY") throw new Problem("FORBIDDEN", reason, { issues });
}

async function runClaimed<Inputs, Outputs>(
  contract: CapabilityContract<Inputs, Outputs>,
  operation: Operation<Inputs, Outputs>,
  inputs: Inputs,
  call: CapabilityCall,
  claim: OwnedClaim,
  sealer: Sealer,
  noteVendorRequest: (id: string) => void,
): Promise<Outputs> {
  let outputs: Outputs;
  try {
    outputs = checkOutputs(
      contract,
      await operation(inputs, { ...call, idempotencyKey: claim.id, noteVendorRequest }),
    );
  } catch (thrown) {
    const problem = asProblem(thrown);
    await settleFailure(claim, problem, sealer);
    throw problem;
  }
  await store(claim, { outputs }, sealer);
  return outputs;
}

function checkOutputs<Inputs, Outputs>(
  contract: CapabilityContract<Inputs, Outputs>,
  outputs: Outputs,
): Outputs {
  const checked = contract.outputs.check(outputs);
  if (checked.ok) return checked.value;
  const issues = checked.issues.map((issue) => `${issue.path} ${issue.message}`).join("; ");
  throw new Problem(
    "INTERNAL_ERROR",
    `${contract.operation} answered what its contract does not promise: ${issues}`,
  );
}

/**
 * A refused payment is an answer, kept and replayed. Any other final refusal changed nothing and frees the key. What is
 * left is unknown: the claim stays, so that the next call resumes with the same key at the vendor.
 */
async function settleFailure(claim: OwnedClaim, problem: Problem, sealer: Sealer): Promise<void> {
  try {
    if (problem.code === "PAYMENT_REQUIRED") {
      const { message, declineCode } = problem;
      await store(
        claim,
        { refusal: { message, ...(declineCode === undefined ? {} : { declineCode }) } },
        sealer,
      );
    } else if (problem.status < 500 && !problem.retryable) {
      await releaseClaim(claim);
    } else {
      await suspendClaim(claim);
    }
  } catch (unsettled) {
    // The lease ends by itself; the caller still gets the failure that came first.
    log("warn", { event: "idempotency.unsettled", cause: describeCause(unsettled) });
  }
}

async function store(claim: OwnedClaim, stored: Stored, sealer: Sealer): Promise<void> {
  const kept = await completeClaim(claim, sealer.seal(stored, answerContext(claim.id)));
  if (!kept) {
    throw new Problem("SERVICE_UNAVAILABLE", "The claim's lease ran out before the answer was stored", {
      retryAfterSeconds: 1,
    });
  }
}

function replay<Inputs, Outputs>(
  contract: CapabilityContract<Inputs, Outputs>,
  sealer: Sealer,
  id: string,
  sealedAnswer: string,
): Outputs {
  const stored = readStored(sealer.open(sealedAnswer, answerContext(id)));
  if (stored.refusal !== undefined) {
    const { message, declineCode } = stored.refusal;
    throw new Problem("PAYMENT_REQUIRED", message, {
      replayed: true,
      ...(declineCode === undefined ? {} : { declineCode }),
    });
  }
  const checked = contract.outputs.check(stored.outputs);
  if (!checked.ok) {
    throw new Problem("CONFLICT", "The stored answer is of an older contract; send a new Idempotency-Key");
  }
  return checked.value;
}

function readStored(value: unknown): Stored {
  if (typeof value !== "object" || value === null) return {};
  const refusal = "refusal" in value ? value.refusal : undefined;
  if (typeof refusal === "object" && refusal !== null && "message" in refusal) {
    const declineCode = "declineCode" in refusal ? refusal.declineCode : undefined;
    return {
      refusal: {
        message: String(refusal.message),
        ...(typeof declineCode === "string" ? { declineCode } : {}),
      },
    };
  }
  return { outputs: "outputs" in value ? value.outputs : undefined };
}

const answerContext = (id: string) => `idempotency:${id}`;

function startRecord(capabilityId: string, call: CapabilityCall) {
  const startedAt = call.now().getTime();
  let vendorRequestId: string | undefined;
  return {
    noteVendorRequest(id: string) {
      vendorRequestId = id;
    },
    end(outcome: "succeeded" | "replayed" | "failed", problem?: Problem) {
      log(problem !== undefined && problem.status >= 500 ? "error" : "info", {
        event: "capability.invoked",
        requestId: call.requestId,
        capabilityId,
        principalId: call.principal.id,
        outcome,
        durationMs: call.now().getTime() - startedAt,
        ...(vendorRequestId === undefined ? {} : { vendorRequestId }),
        ...(problem === undefined ? {} : problemFields(problem)),
      });
    },
  };
}

function problemFields(problem: Problem) {
  const cause = problem.status >= 500 ? describeCause(problem.cause ?? problem) : undefined;
  return {
    code: problem.code,
    ...(problem.declineCode === undefined ? {} : { declineCode: problem.declineCode }),
    ...(cause === undefined ? {} : { cause }),
  };
}
