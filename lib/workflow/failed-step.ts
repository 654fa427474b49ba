/** Where an execution failed, from its history. Pure. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { fieldOf, fieldsOf, parseJson, textOf } from "../untrusted.ts";
import { progressOf } from "./run-status.ts";

export interface FailedStep {
  readonly step: string;
  /** When it began. */
  readonly startedAt: Date;
  /** The results of the steps before it, as the state machine carried them. */
  readonly before: Readonly<Record<string, unknown>>;
  /** The steps that have succeeded after it: they handled its failure. */
  readonly handledBy: readonly string[];
}

/** The first step that failed; undefined if none did, so that the execution failed outside of its steps. `history`: oldest first. */
export function failedStep(history: readonly HistoryEvent[]): FailedStep | undefined {
  const progress = [...progressOf(history)];
  const at = progress.findIndex(([, { failure }]) => failure !== undefined);
  const step = progress[at]?.[0];
  const entered = history.find(
    ({ type, stateEnteredEventDetails }) =>
      type === "TaskStateEntered" && stateEnteredEventDetails?.name === step,
  );
  if (step === undefined || entered?.timestamp === undefined) return undefined;
  const scope = parseJson(entered.stateEnteredEventDetails?.input);
  const before = fieldsOf(fieldOf(scope, "steps"));
  // A step that has succeeded is asked only for the way to the step with which a retry begins. If that failed, the retry has not begun.
  const begins = Object.hasOwn(before, step) ? textOf(fieldOf(scope, "from")) : undefined;
  return {
    step: begins ?? step,
    startedAt: entered.timestamp,
    before,
    handledBy: progress.slice(at + 1).flatMap(([id, { failure }]) => (failure === undefined ? [id] : [])),
  };
}
