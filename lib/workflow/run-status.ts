/** A run as the API shows it, from its execution and the execution's history. Pure. */

import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { present } from "../present.ts";
import { maskTree } from "../sealing/sealed-tree.ts";
import { fieldOf, fieldsOf, parseJson, textOf } from "../untrusted.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { RETRY_BEGINS_LATER, type TaskError, taskError } from "./task-error.ts";

export const RUN_STATES = ["running", "waiting", "paused", "completed", "failed", "cancelled"] as const;
export type RunState = (typeof RUN_STATES)[number];
export const STEP_STATES = ["pending", "running", "waiting", "completed", "failed", "skipped"] as const;
export type StepState = (typeof STEP_STATES)[number];

export interface StepDocument {
  readonly id: string;
  readonly capability: string;
  readonly status: StepState;
  /** UTC, ISO 8601. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Executions, the first one included. */
  readonly attempts?: number;
  readonly error?: TaskError;
}

export interface RunDocument {
  readonly runId: string;
  readonly workflowId: string;
  readonly version: string;
  readonly status: RunState;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly steps: readonly StepDocument[];
  /** The outputs of completed steps, by step; sensitive ones are masked. */
  readonly output?: unknown;
  readonly error?: TaskError;
}

/** One execution of a step's function. */
export interface Attempt {
  readonly startedAt: Date | undefined;
  endedAt?: Date | undefined;
  failure?: TaskError;
}

/** How far a step has come in one execution. */
export interface Progress {
  readonly startedAt: Date | undefined;
  endedAt?: Date | undefined;
  attempts: number;
  /** In their order. */
  readonly tries: readonly Attempt[];
  /** Whether it waits for an event: its task was submitted, and goes on when its token is sent back. */
  waits?: boolean;
  /** Of the last attempt. */
  failure?: TaskError | undefined;
}

/** What the latest execution of a run does not say about the run: by default, it is the only one. */
export interface RunBefore {
  readonly runId?: string;
  /** UTC, ISO 8601. */
  readonly startedAt?: string | undefined;
  /** The histories of the executions before it, in their order, each oldest first. */
  readonly earlier?: readonly (readonly HistoryEvent[])[];
}

/** The run whose latest execution is `execution`, with this `history` (oldest first). */
export function runStatus(
  execution: DescribeExecutionOutput,
  history: readonly HistoryEvent[],
  workflow: Pick<CompiledWorkflow, "workflowId" | "version" | "steps">,
  { runId, startedAt, earlier = [] }: RunBefore = {},
): RunDocument {
  const status = runState(execution.status);
  const progress = progressOfRun([...earlier, history]);
  const steps = workflow.steps.map(
    ({ id, capability }): StepDocument => ({
      ...{ id, capability },
      ...stepDocument(progress.get(id), status, execution.stopDate),
    }),
  );
  return {
    runId: runId ?? execution.name ?? "",
    workflowId: workflow.workflowId,
    version: versionOf(execution) ?? workflow.version,
    status,
    startedAt: startedAt ?? iso(execution.startDate) ?? "",
    steps,
    ...present({
      endedAt: iso(execution.stopDate),
      output: status === "completed" ? outputsOf(execution) : undefined,
      error: status === "failed" ? runError(execution, progress) : undefined,
    }),
  };
}

/** The same over all executions of a run: `histories` in their order, at least one, each oldest first. */
export const progressOfRun = (
  histories: readonly (readonly HistoryEvent[])[],
): ReadonlyMap<string, Progress> => histories.map(progressOf).reduce(continued);

function runError(execution: DescribeExecutionOutput, progress: ReadonlyMap<string, Progress>): TaskError {
  const failed = [...progress].find(([, { failure }]) => failure !== undefined)?.[0];
  const error = errorOfExecution(execution);
  return execution.status === "TIMED_OUT" ? error : { ...present({ step: failed }), ...error };
}

/** The run ends with the error of the first failure: the state machine keeps it regardless of the error handler. */
export function errorOfExecution({
  status,
  error,
  cause,
}: Pick<DescribeExecutionOutput, "status" | "error" | "cause">): TaskError {
  if (status === "TIMED_OUT")
    return { code: "TIMEOUT", message: "The run took longer than it is allowed to" };
  return taskError({ Error: error ?? "", Cause: cause ?? "" });
}

/** The state of a run by the status of its execution. */
export function runState(status: string | undefined): RunState {
  switch (status) {
    case "RUNNING":
      return "running";
    case "SUCCEEDED":
      return "completed";
    case "ABORTED":
      return "cancelled";
    case "PENDING_REDRIVE":
      return "paused";
    default:
      return "failed";
  }
}

const ENDED: readonly RunState[] = ["completed", "failed", "cancelled"];

/**
 * In order of their beginning. One step runs at a time, so all events between a state's beginning and end belong to it.
 */
export function progressOf(history: readonly HistoryEvent[]): ReadonlyMap<string, Progress> {
  const steps = new Map<string, Progress>();
  let current: CurrentStep | undefined;
  for (const event of history) {
    const entered = event.stateEnteredEventDetails?.name;
    if (current !== undefined && (entered !== undefined || event.type === "TaskStateExited")) {
      current.endedAt = event.timestamp;
      endAttempt(current, event.timestamp);
      current = undefined;
    }
    if (event.type === "TaskStateEntered" && entered !== undefined) {
      current = { startedAt: event.timestamp, attempts: 0, tries: [] };
      steps.set(entered, current);
    }
    if (current !== undefined) noteAttempt(current, event);
    if (isWayToLaterStep(event)) {
      // The first step was asked, and did nothing.
      const [first = ""] = steps.keys();
      steps.delete(first);
      current = undefined;
    }
  }
  return steps;
}

const isWayToLaterStep = ({
  lambdaFunctionFailedEventDetails,
  taskFailedEventDetails,
}: HistoryEvent): boolean =>
  (lambdaFunctionFailedEventDetails ?? taskFailedEventDetails)?.error === RETRY_BEGINS_LATER;

/** What has succeeded before stays; a step that is run again has all its attempts. */
function continued(
  before: ReadonlyMap<string, Progress>,
  next: ReadonlyMap<string, Progress>,
): ReadonlyMap<string, Progress> {
  const kept = [...before].filter(
    ([, { endedAt, failure }]) => endedAt !== undefined && failure === undefined,
  );
  const run = [...next].map(([step, progress]): [string, Progress] => [
    step,
    {
      ...progress,
      attempts: progress.attempts + (before.get(step)?.attempts ?? 0),
      tries: [...(before.get(step)?.tries ?? []), ...progress.tries],
    },
  ]);
  return new Map([...kept, ...run]);
}

/** The step that the history is at. */
interface CurrentStep extends Progress {
  readonly tries: Attempt[];
}

function endAttempt({ tries }: CurrentStep, at: Date | undefined, failure?: TaskError): void {
  const attempt = tries.at(-1);
  if (attempt === undefined || attempt.endedAt !== undefined) return;
  attempt.endedAt = at;
  if (failure !== undefined) attempt.failure = failure;
}

function noteAttempt(step: CurrentStep, event: HistoryEvent): void {
  const failed =
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.lambdaFunctionScheduleFailedEventDetails ??
    event.lambdaFunctionStartFailedEventDetails ??
    // Of a step that waits for an event: what begins the wait, and what ends it.
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.taskStartFailedEventDetails;
  if (event.type === "LambdaFunctionScheduled" || event.type === "TaskScheduled") {
    step.attempts += 1;
    step.tries.push({ startedAt: event.timestamp });
    step.failure = undefined;
  }
  step.waits = event.type === "TaskSubmitted";
  if (failed !== undefined) {
    step.failure = taskError({ Error: failed.error ?? "States.Timeout", Cause: failed.cause ?? "" });
    endAttempt(step, event.timestamp, step.failure);
  }
}

function stepDocument(
  progress: Progress | undefined,
  run: RunState,
  stopDate: Date | undefined,
): Omit<StepDocument, "id" | "capability"> {
  if (progress === undefined) return { status: ENDED.includes(run) ? "skipped" : "pending" };
  return {
    status: stepState(progress, run),
    attempts: Math.max(1, progress.attempts),
    ...present({
      startedAt: iso(progress.startedAt),
      endedAt: iso(progress.endedAt ?? stopDate),
      error: progress.failure,
    }),
  };
}

/** A step that failed and has not ended waits for its next attempt; another can wait for an event. */
function stepState({ endedAt, failure, waits }: Progress, run: RunState): StepState {
  if (endedAt !== undefined) return failure === undefined ? "completed" : "failed";
  if (ENDED.includes(run)) return "failed";
  return failure === undefined && waits !== true ? "running" : "waiting";
}

function versionOf({ input }: DescribeExecutionOutput): string | undefined {
  return textOf(fieldOf(parseJson(input), "run", "version"));
}

function outputsOf({ output }: DescribeExecutionOutput): unknown {
  const steps = Object.entries(fieldsOf(fieldOf(parseJson(output), "steps")));
  return maskTree(Object.fromEntries(steps.map(([id, step]) => [id, fieldOf(step, "output")])));
}

const iso = (date: Date | undefined) => date?.toISOString();
