/** Starts a run: checks the input, seals its texts and starts the execution that the Idempotency-Key names. */
import { createHmac } from "node:crypto";
import type { Principal } from "../capability/capability.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { canonicalJson, scopedKey } from "../idempotency/idempotency-key.ts";
import { log } from "../log.ts";
import type { Policy } from "../policy/decide.ts";
import { sealTexts } from "../sealing/sealed-tree.ts";
import { createSealer } from "../sealing/sealing.ts";
import { secret } from "../secrets.ts";
import { describeExecution, startExecution } from "../step-functions.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { runSealingContext } from "./run-sealing.ts";

export interface RunRequest {
  readonly workflowId: string;
  readonly input: unknown;
  readonly principal: Principal;
  readonly idempotencyKey: string;
  readonly requestId: string;
  readonly policy: Policy;
}

export interface StartedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly version: string;
  readonly status: "running";
}

/** Half of a SHA-256 in hexadecimal: execution names have at most 80 characters. */
const RUN_ID_DIGITS = 32;

/**
 * Starts the run, or finds the one that the same key started: then `replayed` is true. Throws NOT_FOUND for an unknown
 * workflow, FORBIDDEN, and VALIDATION_FAILED for a wrong input or a key that started a run with another input.
 */
export async function startRun(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  request: RunRequest,
): Promise<{ readonly run: StartedRun; readonly replayed: boolean }> {
  const workflow = workflowNamed(workflows, request.workflowId);
  const { workflowId, version } = workflow;
  const checked = workflow.checkInput(request.input);
  if (!checked.ok) {
    const first = checked.issues[0];
    throw new Problem(
      "VALIDATION_FAILED",
      `${first?.path ?? ""} ${first?.message ?? "is not valid"}`.trim(),
      {
        issues: checked.issues,
      },
    );
  }
  const decision = request.policy.decide({
    principal: request.principal,
    capability: workflowId,
    action: "start",
    input: checked.value,
    stage: env("STAGE"),
    now: new Date(),
  });
  if (decision.decision === "DENY") {
    throw new Problem("FORBIDDEN", decision.reason, { issues: decision.issues });
  }

  const appSecret = await secret("APP_SECRET");
  const runId = `run-${scopedKey(request.principal, `workflow:${workflowId}`, request.idempotencyKey).slice(0, RUN_ID_DIGITS)}`;
  const inputDigest = createHmac("sha256", appSecret).update(canonicalJson(checked.value)).digest("hex");
  const started = await startExecution(workflowId, runId, {
    run: { workflowId, version, principal: request.principal, requestId: request.requestId, inputDigest },
    input: sealTexts(checked.value, createSealer(appSecret), runSealingContext(runId)),
    steps: {},
  });
  if (!started) await refuseOtherInput(workflowId, runId, inputDigest);
  log("info", {
    event: "workflow.started",
    requestId: request.requestId,
    principalId: request.principal.id,
    workflowId,
    runId,
    outcome: started ? "succeeded" : "replayed",
  });
  return { run: { runId, workflowId, version, status: "running" }, replayed: !started };
}

/** The compiled workflow. Throws NOT_FOUND that names the known ones. */
export function workflowNamed(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  workflowId: string,
): CompiledWorkflow {
  const workflow = Object.hasOwn(workflows, workflowId) ? workflows[workflowId] : undefined;
  if (workflow !== undefined) return workflow;
  throw new Problem(
    "NOT_FOUND",
    `There is no workflow of that name; there are: ${Object.keys(workflows).join(", ")}`,
    {
      issues: [{ path: "workflowId", message: `must be one of ${Object.keys(workflows).join(", ")}` }],
    },
  );
}

/** The sealed input differs from call to call, so Step Functions cannot compare it: the digest beside it can be. */
async function refuseOtherInput(workflowId: string, runId: string, inputDigest: string): Promise<void> {
  const input = (await describeExecution(workflowId, runId))?.input;
  if (input?.includes(`"inputDigest":"${inputDigest}"`)) return;
  const message = "started a run with another input before; send a new key for a new run";
  throw new Problem("VALIDATION_FAILED", `The header Idempotency-Key ${message}`, {
    issues: [{ path: "headers.Idempotency-Key", message }],
  });
}
