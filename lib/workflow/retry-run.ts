/**
 * Retries a failed run: another execution of the same state machine continues it from the failed step. It carries the outputs of
 * the steps that have succeeded, and the failed step sends the same idempotency key as before, so that no step has its effect
 * twice. docs/decisions/0074 says why it is not Step Functions' own redrive.
 */
import { executionHistory, executionInput, startExecution } from "../aws/step-functions.ts";
import { canonicalJson } from "../canonical-json.ts";
import { Problem } from "../errors.ts";
import { answerTtlSeconds } from "../idempotency/claims.ts";
import type { Policy } from "../policy/decide.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { fieldsOf, parseJson, textOf, textsOf } from "../untrusted.ts";
import {
  type Change,
  type ChangedRun,
  type ChangeRunRequest,
  changeRun,
  type OwnedRun,
} from "./change-run.ts";
import { type CompiledWorkflow, endOfTasks, planOf } from "./compiled-workflow.ts";
import { executionName } from "./execution-name.ts";
import { type FailedStep, failedStep } from "./failed-step.ts";
import { recordQuietly } from "./find-run.ts";
import { recordExecution } from "./record-run.ts";
import { believedOutputs, believedRun, type RunRetry, signedRetry } from "./run-data.ts";
import type { RunRow } from "./run-row.ts";

/** A task that is accepted in the last moment must be over before its key is forgotten. */
const MARGIN_MS = 5 * 60_000;

/**
 * Continues the run from its failed step. Throws CONFLICT if it has not failed, or another call retries it, PRECONDITION_FAILED if
 * a retry could do something twice or cannot succeed, and as `changeRun` does.
 */
export function retryRun(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  policy: Policy,
  request: ChangeRunRequest,
): Promise<ChangedRun> {
  return changeRun("retry", workflows, policy, request, (run, workflow) => retried(run, workflow, request));
}

async function retried(
  { row, execution: last }: OwnedRun,
  workflow: CompiledWorkflow,
  { now }: ChangeRunRequest,
): Promise<Change> {
  refuseUnlessFailed(row);
  const { workflowId, runId } = row;
  const secrets = await appSecrets();
  const data = parseJson(last.input);
  const run = believedRun(runId, data, secrets);
  if (run === undefined) throw refused("APP_SECRET was changed since it began, so its data cannot be read");
  const { head } = run;
  refuseChanged(head, workflow);
  const failed = failedStep(await executionHistory(workflowId, executionName(runId, row.execution)));
  if (failed === undefined) throw refused("no step of it has failed");
  refuseFutile(row, failed, workflow);
  const next = row.execution + 1;
  const retry = retryOf(failed, next, fieldsOf(head.retry), workflow);
  if (retry.by !== undefined && Date.parse(retry.by) <= now().getTime())
    throw refused(
      `its step ${failed.step} could be retried until ${retry.by}: since then, a second payment would not be recognized`,
    );
  believedOutputs(runId, failed.before, secrets);
  const changed = { endsBy: endOfTasks(workflow, now()), retry, steps: failed.before };
  const again = executionInput(signedRetry(runId, run, changed, secrets));
  const name = executionName(runId, next);
  if ((await startExecution(workflowId, name, again)) === undefined) {
    const present = await recordExecution({ workflowId, name }, { now });
    throw new Problem("CONFLICT", "Another call has retried the run; read it to see its state", {
      issues: [{ path: "runId", message: `is a run that is ${present?.status ?? "running"} again` }],
    });
  }
  const { endedAt: _endedAt, error: _error, ...rest } = row;
  const continued: RunRow = { ...rest, execution: next, status: "running" };
  await recordQuietly(continued, now());
  return { row: continued, replayed: false };
}

function refuseUnlessFailed({ status }: RunRow): void {
  if (status === "failed") return;
  const is =
    status === "running" ? "is in progress" : status === "completed" ? "has completed" : "was cancelled";
  throw new Problem("CONFLICT", `The run ${is}; only a failed run can be retried`, {
    issues: [{ path: "runId", message: `is a run that ${is}` }],
  });
}

/** The state machine is the one that is deployed now, so it must be the one for which the run was planned. */
function refuseChanged(head: Readonly<Record<string, unknown>>, workflow: CompiledWorkflow): void {
  if (head.version !== workflow.version)
    throw refused(
      `it began with version ${textOf(head.version) ?? "?"} of ${workflow.workflowId}, and ${workflow.version} is deployed now`,
    );
  if (canonicalJson(head.plan ?? null) !== canonicalJson(planOf(workflow)))
    throw refused(`the steps of ${workflow.workflowId} have changed since it began`);
}

/** A retry goes on as if the failure had not happened. So nothing may have been undone because of it. */
function refuseFutile(
  { error }: RunRow,
  { step, handledBy }: FailedStep,
  { stepEffects = {} }: CompiledWorkflow,
): void {
  if (error?.code === "PAYMENT_REQUIRED")
    throw refused(`the payment of its step ${step} was declined, and a retry would get the same response`);
  const handler = handledBy.find((id) => !Object.hasOwn(stepEffects, id));
  if (handler !== undefined)
    throw refused(`its step ${handler} has already dealt with the failure of ${step}`);
}

/** `before`: of the execution that failed. */
function retryOf(
  { step, startedAt, handledBy, before }: FailedStep,
  execution: number,
  last: Readonly<Record<string, unknown>>,
  { stepEffects = {} }: CompiledWorkflow,
): RunRetry {
  const keyEnds = new Date(startedAt.getTime() + answerTtlSeconds() * 1000 - MARGIN_MS).toISOString();
  // The key is as old as the first attempt, whatever the number of retries.
  const by = last.from === step ? (textOf(last.by) ?? keyEnds) : keyEnds;
  return {
    execution,
    from: step,
    ...present({ by: stepEffects[step] === "none" ? undefined : by }),
    done: Object.keys(before),
    again: [...new Set([...textsOf(last.again), ...handledBy])],
  };
}

function refused(why: string): Problem {
  return new Problem(
    "PRECONDITION_FAILED",
    `The run cannot be retried: ${why}. Start a new run with a new Idempotency-Key, after you have checked what this one has done`,
    { issues: [{ path: "runId", message: "is a run that cannot be retried" }] },
  );
}
