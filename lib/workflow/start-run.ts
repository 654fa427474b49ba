/** Starts a run: checks the input, seals its texts and starts the execution that the Idempotency-Key names. */
import { randomUUID } from "node:crypto";
import type { Approval } from "../approvals/approval.ts";
import { useApproval } from "../approvals/use-approval.ts";
import { EffectRecord } from "../audit/effect-record.ts";
import { redact } from "../audit/redact.ts";
import { executionInput, startExecution } from "../aws/step-functions.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { enforceUncounted } from "../capability/enforce-uncounted.ts";
import { requireApproval } from "../capability/require-approval.ts";
import { asProblem, invalidFields, Problem } from "../errors.ts";
import { readIdempotencyKey, scopedKey } from "../idempotency/idempotency-key.ts";
import { inputsDigests } from "../idempotency/inputs-digest.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import type { PolicyQuery } from "../policy/policy.ts";
import { present } from "../present.ts";
import { sealInput } from "../sealing/sealed-tree.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { countUsage } from "../usage/usage-counters.ts";
import { type CompiledWorkflow, endOfTasks, planOf } from "./compiled-workflow.ts";
import { findRun, recordQuietly } from "./find-run.ts";
import { workflowNamed } from "./find-workflow.ts";
import { refuseKnownFailure, type StepChecks } from "./known-failure.ts";
import { signedRun } from "./run-data.ts";
import { keepRunId, newRunId } from "./run-id.ts";
import type { RunRow } from "./run-row.ts";
import { inputContext, sealPrincipal } from "./run-sealing.ts";
import { type RunState, runState } from "./run-status.ts";

export interface RunRequest extends CallContext {
  readonly workflowId: string;
  readonly input: unknown;
  readonly principal: Principal;
  /** Unchanged. */
  readonly idempotencyKey: string | undefined;
  readonly ipAddress?: string;
}

export interface StartedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly version: string;
  /** `running` for a new run; for a repeated key, the present state of the run that it started. */
  readonly status: RunState;
}

/**
 * Starts the run, or finds the one that the same key started: then `replayed` is true, and the status is that run's. Throws
 * NOT_FOUND for an unknown workflow, FORBIDDEN, and VALIDATION_FAILED for a wrong input, an input with which a step is known
 * to fail, or a key that started a run with another input.
 */
export async function startRun(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  stepChecks: StepChecks,
  policy: Policy,
  request: RunRequest,
): Promise<{ readonly run: StartedRun; readonly replayed: boolean }> {
  const workflow = workflowNamed(workflows, request.workflowId);
  const { workflowId, version } = workflow;
  const record = new EffectRecord({
    ...request,
    eventType: "workflow.started",
    resource: { type: "workflow", id: workflowId, version },
    action: "start",
  });
  try {
    record.noteInputs(redact(request.input, workflow));
    const key = readIdempotencyKey(request.idempotencyKey);
    const input = checkedInput(workflow, request.input);
    refuseKnownFailure(stepChecks, workflowId, input);
    const query = policyQuery(request, { resource: workflowId, action: "start", input });
    const decision = await enforceUncounted(policy, query, record);
    const id = scopedKey(request.principal, `workflow:${workflowId}`, key);
    const secrets = await appSecrets();
    const approval = await requireApproval(policy, query, decision, record, {
      id,
      inputs: input,
      shownInput: redact(input, workflow, { allItems: true }),
      appSecrets: secrets,
    });
    // Before anything is written. Every id of a run makes the data equally long.
    const newId = newRunId(id, secrets);
    const dataOf = (runId: string) => executionInput(runDataOf(workflow, runId, input, request, secrets));
    const data = dataOf(newId);
    const runId = await keepRunId(id, newId, request.now());
    record.noteObjects([runId]);
    await record.begin();
    await refuseOveruse(policy, query, record);
    if (approval !== undefined) await useForRun(approval, workflowId, runId, request.now());
    const { status, replayed } = await startOnce(
      { runId, workflowId, version, owner: request.principal },
      runId === newId ? data : dataOf(runId),
      inputsDigests(input, secrets),
      request.now(),
    );
    await record.end(replayed ? "replayed" : "succeeded", { runId });
    record.writeLogLine(replayed ? "replayed" : "succeeded");
    return { run: { runId, workflowId, version, status }, replayed };
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

function checkedInput(workflow: CompiledWorkflow, input: unknown): Record<string, unknown> {
  const checked = workflow.checkInput(input);
  if (checked.ok) return checked.value;
  throw invalidFields(checked);
}

/**
 * A repeated start needs the approval no second time: the run's id makes it the same start. After the approval's end, only a
 * run that has started is found.
 */
function useForRun(approval: Approval, workflowId: string, runId: string, now: Date): Promise<void> {
  return useApproval({
    approvalId: approval.approvalId,
    use: { owner: randomUUID() },
    continues: async () =>
      now.getTime() < Date.parse(approval.expiresAt) || (await findRun(workflowId, runId, now)) !== undefined,
    now,
  });
}

/** Counts the start, and throws the denial if it exceeds a limit. */
async function refuseOveruse(policy: Policy, query: PolicyQuery, record: EffectRecord): Promise<void> {
  const { usage } = await countUsage({
    names: policy.usageRead(query),
    principalId: query.principal.id,
    capability: query.resource,
    // Amounts are counted by the steps that charge them.
    input: {},
    reservation: "",
    now: query.now,
  });
  enforcePolicy(policy, { ...query, usage }, record);
}

/** What Step Functions carries from state to state: the principal and the input, sealed, and the plan. */
function runDataOf(
  workflow: CompiledWorkflow,
  runId: string,
  input: Record<string, unknown>,
  { principal, requestId, now }: RunRequest,
  secrets: readonly string[],
): object {
  const { workflowId, version } = workflow;
  const sealer = createSealer(secrets);
  const head = {
    workflowId,
    version,
    principalId: principal.id,
    principal: sealPrincipal(principal, sealer, runId),
    requestId,
    ...present({ inputDigest: inputsDigests(input, secrets)[0] }),
    endsBy: endOfTasks(workflow, now()),
    plan: planOf(workflow),
  };
  return signedRun(runId, head, sealInput(input, sealer, inputContext(runId)), secrets);
}

/** Starts and lists the run, or reads the state of the one that the same key has started. `digests`: of its input. */
async function startOnce(
  run: Pick<RunRow, "runId" | "workflowId" | "version" | "owner">,
  data: string,
  digests: readonly string[],
  now: Date,
): Promise<{ readonly status: RunState; readonly replayed: boolean }> {
  const { runId, workflowId } = run;
  const startedAt = await startExecution(workflowId, runId, data);
  if (startedAt !== undefined) {
    await recordQuietly({ ...run, execution: 1, status: "running", startedAt: startedAt.toISOString() }, now);
    return { status: "running", replayed: false };
  }
  const found = await findRun(workflowId, runId, now);
  refuseOtherInput(found?.execution.input, digests);
  return { status: runState(found?.execution.status), replayed: true };
}

/**
 * The sealed input differs from call to call, so Step Functions cannot compare it; the digest next to it can be
 * compared.
 */
function refuseOtherInput(input: string | undefined, digests: readonly string[]): void {
  if (digests.some((digest) => input?.includes(`"inputDigest":"${digest}"`))) return;
  const message = "has already started a run with another input; send a new key for a new run";
  throw new Problem("VALIDATION_FAILED", `The header Idempotency-Key ${message}`, {
    issues: [{ path: "headers.Idempotency-Key", message }],
  });
}
