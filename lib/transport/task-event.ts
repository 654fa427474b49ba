/** What all tasks of a run share: how they read their event, and how they fail. */
import type { Problem } from "../errors.ts";
import { isLogged, logCall } from "../log.ts";
import { present } from "../present.ts";
import { openTree } from "../sealing/sealed-tree.ts";
import type { Sealer } from "../sealing/sealing.ts";
import { fieldsOf } from "../untrusted.ts";
import { runOfExecution } from "../workflow/execution-name.ts";
import { failureMessage } from "../workflow/failure-message.ts";
import type { Scope } from "../workflow/interpolation.ts";
import { type BelievedTask, type ClaimedTask, RetryBeginsLater } from "../workflow/run-data.ts";
import { inputContext, outputContext } from "../workflow/run-sealing.ts";
import { RETRY_BEGINS_LATER } from "../workflow/task-error.ts";

/** What a Task state sends: see lib/compiler/workflow/compile.ts. */
export interface TaskEvent {
  readonly task: { readonly step: string; readonly capability: string };
  /** The execution's name: lib/workflow/execution-name.ts. */
  readonly runId: string;
  /** The run's data: lib/workflow/run-data.ts says what of it is believed. */
  readonly scope: unknown;
}

/**
 * Step Functions matches on the error's name (Retry, Catch) and keeps its message as the cause. The message is signed, so
 * that an error handler believes it.
 */
export class TaskFailure extends Error {
  constructor(problem: Problem, claimed: ClaimedTask, secrets: readonly string[]) {
    super(failureMessage(problem, claimed, secrets));
    this.name = nameOf(problem);
    // The stack would end up in the execution history.
    this.stack = "";
  }
}

function nameOf(problem: Problem): string {
  if (problem instanceof RetryBeginsLater) return RETRY_BEGINS_LATER;
  return retryableInFlight(problem) ? "SERVICE_UNAVAILABLE" : problem.code;
}

/** An earlier attempt of this step may still hold the claim (its Lambda timed out), so a retry makes sense. */
function retryableInFlight(problem: Problem): boolean {
  return problem.code === "CONFLICT" && problem.retryAfterSeconds !== undefined;
}

/** Logs a task that failed, unless it was logged before. */
export function logRefusal(problem: Problem, requestId: string, { runId, capability }: ClaimedTask): void {
  if (isLogged(problem)) return;
  const fields = { event: "task.refused", requestId, capabilityId: capability, runId };
  if (problem instanceof RetryBeginsLater)
    logCall({ ...fields, outcome: "ignored", reason: "retry-begins-later" });
  else logCall({ ...fields, outcome: "rejected" }, problem);
}

export function claimedTask({ task, runId, scope }: TaskEvent): ClaimedTask {
  const { step, capability } = fieldsOf(task);
  const run = runOfExecution(String(runId))?.runId ?? String(runId);
  return { runId: run, step: String(step), capability: String(capability), scope };
}

/** The values of the run, each opened in its own place. */
export function openedScope({ input, outputs, error }: BelievedTask, runId: string, sealer: Sealer): Scope {
  const steps = Object.entries(outputs).map(([step, output]) => [
    step,
    { output: openTree(output, sealer, outputContext(runId, step)) },
  ]);
  return {
    input: openTree(input, sealer, inputContext(runId)),
    steps: Object.fromEntries(steps),
    ...present({ error }),
  };
}
