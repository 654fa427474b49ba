/** A run as the API tells it, from its execution and the execution's history. Pure. */
import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { maskTree } from "../sealing/sealed-tree.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { type TaskError, taskError } from "./task-error.ts";

export type RunState = "running" | "waiting" | "paused" | "completed" | "failed" | "cancelled";
export type StepState = "pending" | "running" | "waiting" | "completed" | "failed" | "skipped";

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
  /** The outputs of the steps that completed, by step; sensitive ones are masked. */
  readonly output?: unknown;
  readonly error?: TaskError;
}

interface Progress {
  startedAt?: Date | undefined;
  endedAt?: Date | undefined;
  attempts: number;
  failure?: TaskError | undefined;
}

export function runStatus(
  execution: DescribeExecutionOutput,
  history: readonly HistoryEvent[],
  workflow: CompiledWorkflow,
): RunDocument {
  const status = runState(execution.status);
  const progress = progressOf(history);
  const steps = workflow.steps.map(
    (step): StepDocument => ({ ...step, ...stepDocument(progress.get(step.id), status) }),
  );
  const data = parseObject(execution.output);
  return {
    runId: execution.name ?? "",
    workflowId: workflow.workflowId,
    version: versionOf(execution) ?? workflow.version,
    status,
    startedAt: iso(execution.startDate) ?? "",
    ...optional("endedAt", iso(execution.stopDate)),
    steps,
    ...(status === "completed" ? { output: outputsOf(data.steps) } : {}),
    ...(status === "failed"
      ? { error: taskError({ Error: execution.error ?? "", Cause: execution.cause ?? "" }) }
      : {}),
  };
}

function runState(status: string | undefined): RunState {
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

function progressOf(history: readonly HistoryEvent[]): ReadonlyMap<string, Progress> {
  const steps = new Map<string, Progress>();
  let current: Progress | undefined;
  for (const event of history) {
    const entered = event.stateEnteredEventDetails?.name;
    if (event.type === "TaskStateEntered" && entered !== undefined) {
      current = { startedAt: event.timestamp, attempts: 0 };
      steps.set(entered, current);
    } else if (current !== undefined) note(current, event);
    if (event.type === "TaskStateExited") current = undefined;
  }
  return steps;
}

function note(step: Progress, event: HistoryEvent): void {
  const failed =
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.lambdaFunctionScheduleFailedEventDetails ??
    event.lambdaFunctionStartFailedEventDetails ??
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails;
  if (event.type === "LambdaFunctionScheduled" || event.type === "TaskScheduled") {
    step.attempts += 1;
    step.failure = undefined;
  }
  if (failed !== undefined) {
    step.failure = taskError({ Error: failed.error ?? "States.Timeout", Cause: failed.cause ?? "" });
    step.endedAt = event.timestamp;
  }
  if (event.type === "TaskStateExited") step.endedAt = event.timestamp;
}

function stepDocument(
  progress: Progress | undefined,
  run: RunState,
): Omit<StepDocument, "id" | "capability"> {
  if (progress === undefined) return { status: run === "running" ? "pending" : "skipped" };
  return {
    status: stepState(progress, run),
    ...optional("startedAt", iso(progress.startedAt)),
    ...(progress.failure === undefined && progress.endedAt === undefined
      ? {}
      : optional("endedAt", iso(progress.endedAt))),
    attempts: Math.max(1, progress.attempts),
    ...optional("error", progress.failure),
  };
}

function stepState(progress: Progress, run: RunState): StepState {
  if (progress.failure !== undefined) return "failed";
  if (progress.endedAt !== undefined) return "completed";
  return run === "running" ? "running" : "failed";
}

function versionOf(execution: DescribeExecutionOutput): string | undefined {
  const { run } = parseObject(execution.input);
  if (typeof run !== "object" || run === null || !("version" in run)) return undefined;
  return typeof run.version === "string" ? run.version : undefined;
}

function outputsOf(steps: unknown): unknown {
  if (typeof steps !== "object" || steps === null) return {};
  return maskTree(
    Object.fromEntries(
      Object.entries(steps).map(([id, step]: [string, unknown]) => [
        id,
        typeof step === "object" && step !== null && "output" in step ? step.output : undefined,
      ]),
    ),
  );
}

function parseObject(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const iso = (date: Date | undefined) => date?.toISOString();

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const entry: { [P in K]?: V } = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
