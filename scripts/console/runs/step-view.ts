/** One step of a run, as the page shows it: from the histories of the run's executions. Sealed values stay sealed. Pure. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { PROBLEM_KINDS } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import { maskTree } from "../../../lib/sealing/sealed-tree.ts";
import { fieldOf, fieldsOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import { resolve } from "../../../lib/workflow/interpolation.ts";
import type { Progress, StepDocument } from "../../../lib/workflow/run-status.ts";
import { type TaskError, taskError } from "../../../lib/workflow/task-error.ts";

/** `retrying` failed and waits for its next attempt; `waiting` waits for an event. */
export type StepShown =
  | "pending"
  | "running"
  | "waiting"
  | "retrying"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

export interface AttemptView {
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly error?: TaskError;
}

export interface StepView {
  readonly id: string;
  readonly capability: string;
  readonly state: StepShown;
  readonly attempts: readonly AttemptView[];
  /** UTC, ISO 8601. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** From its beginning to its end, its waits included; until now for a step that has not ended. */
  readonly durationMs?: number;
  /** Where its bar is on the run's line of time, in hundredths of it. */
  readonly bar?: { readonly from: number; readonly width: number };
  /** What the step was given, with `[sealed]` for what is sealed; left out for a step that has not begun. */
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: TaskError;
}

/** What is known of a step. */
export interface KnownStep {
  readonly document: StepDocument;
  /** The input template of the run's plan, with its references. */
  readonly template: unknown;
  readonly progress: Progress | undefined;
}

export interface RunTimes {
  readonly startedAt: Date;
  /** The run's end, or now. */
  readonly until: Date;
  readonly isCancelled: boolean;
}

/** `history`: of all executions of the run, oldest first. */
export function stepView(
  { document, template, progress }: KnownStep,
  history: readonly HistoryEvent[],
  times: RunTimes,
): StepView {
  const { id, capability, startedAt, endedAt, error } = document;
  const entered = lastScope(history, id, "TaskStateEntered");
  const exited = lastScope(history, id, "TaskStateExited");
  const began = startedAt === undefined ? undefined : new Date(startedAt);
  const ended = endedAt === undefined ? times.until : new Date(endedAt);
  return {
    id,
    capability,
    state: shownState(document, times.isCancelled),
    attempts: (progress?.tries ?? []).map((attempt) => ({
      startedAt: attempt.startedAt?.toISOString() ?? "",
      ...present({
        endedAt: attempt.endedAt?.toISOString(),
        error: attempt.failure && ofAttempt(attempt.failure),
      }),
    })),
    ...present({ startedAt, endedAt, error }),
    ...(began === undefined
      ? {}
      : { durationMs: ended.getTime() - began.getTime(), bar: barOf(began, ended, times) }),
    ...(entered === undefined ? {} : { input: resolvedInput(template, entered) }),
    ...(exited === undefined
      ? {}
      : present({ output: maskTree(fieldOf(exited, "steps", id, "output")) ?? undefined })),
  };
}

/** The message of a retryable error is about all attempts, and says nothing about one of them. */
function ofAttempt(error: TaskError): TaskError {
  const { retryable, title } = PROBLEM_KINDS[error.code];
  return retryable ? { ...error, message: title } : error;
}

function shownState({ status, error }: StepDocument, isCancelled: boolean): StepShown {
  if (status === "failed" && error === undefined && isCancelled) return "cancelled";
  return status === "waiting" && error !== undefined ? "retrying" : status;
}

/** What the state machine carried when the step began or ended for the last time. */
function lastScope(
  history: readonly HistoryEvent[],
  step: string,
  type: "TaskStateEntered" | "TaskStateExited",
): unknown {
  const event = history.findLast(
    (each) =>
      each.type === type &&
      (each.stateEnteredEventDetails?.name ?? each.stateExitedEventDetails?.name) === step,
  );
  return parseJson(event?.stateEnteredEventDetails?.input ?? event?.stateExitedEventDetails?.output);
}

/** As the step's task resolves it, but without opening anything. */
function resolvedInput(template: unknown, scope: unknown): unknown {
  const error = fieldsOf(fieldOf(scope, "error"));
  const { Error: name, Cause: cause } = error;
  return resolve(template, {
    input: maskTree(fieldOf(scope, "input")),
    steps: maskTree(fieldOf(scope, "steps")),
    ...(textOf(name) === undefined
      ? {}
      : { error: taskError({ Error: String(name), Cause: String(cause) }) }),
  });
}

/** At least one hundredth wide, so that it can be seen. */
function barOf(began: Date, ended: Date, { startedAt, until }: RunTimes) {
  const whole = Math.max(1, until.getTime() - startedAt.getTime());
  const hundredths = (ms: number) => Math.round((ms / whole) * 10_000) / 100;
  const from = Math.min(99, Math.max(0, hundredths(began.getTime() - startedAt.getTime())));
  const width = Math.max(1, hundredths(ended.getTime() - began.getTime()));
  return { from, width: Math.min(width, 100 - from) };
}
