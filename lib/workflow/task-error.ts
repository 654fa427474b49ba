/**
 * Translates a failed task, as Step Functions reports it (`{Error, Cause}`), into our own terms. The cause from one of
 * our functions is Lambda's `{errorType, errorMessage}` whose message is a problem document. Any other error is a
 * failure of the system; its cause can contain a stack trace and is not shown. Pure.
 */

import { isProblemCode, PROBLEM_KINDS, type ProblemCode } from "../errors.ts";
import { present } from "../present.ts";
import { fieldsOf, parseJson, textOf } from "../untrusted.ts";

/**
 * The error of a first step that has succeeded in an earlier execution of the run: no failure, but the way to the step with
 * which the retry begins.
 */
export const RETRY_BEGINS_LATER = "RetryBeginsLater";

export interface StepFunctionsError {
  readonly Error: string;
  readonly Cause: string;
}

export interface TaskError {
  readonly code: ProblemCode;
  readonly message: string;
  /** The step that failed. */
  readonly step?: string;
  readonly declineCode?: string;
}

interface SystemFailure {
  readonly code: ProblemCode;
  readonly message: string;
}

/**
 * In place of a step's own advice to send the request again: a run's key always leads to the run that it started, so for a
 * failed run that would do nothing.
 */
const ALL_ATTEMPTS_FAILED =
  "The step failed in all its attempts, and its work may have been done. Retry the run within 24 hours (POST to the " +
  "address of the run, with /retry at its end): it continues with this step, and does nothing twice";

const TIMED_OUT: SystemFailure = { code: "TIMEOUT", message: "The step took longer than it is allowed to" };
const UNAVAILABLE: SystemFailure = {
  code: "SERVICE_UNAVAILABLE",
  message: "The step could not run now",
};
/** Names of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and of Lambda's Invoke API. */
const SYSTEM_FAILURES: ReadonlyMap<string, SystemFailure> = new Map([
  ["States.Timeout", TIMED_OUT],
  ["Sandbox.Timedout", TIMED_OUT],
  ["Lambda.TooManyRequestsException", UNAVAILABLE],
  ["Lambda.ServiceException", UNAVAILABLE],
  ["Lambda.AWSLambdaException", UNAVAILABLE],
  ["Lambda.SdkClientException", UNAVAILABLE],
]);

/**
 * The error of a failed task that can be shown and mailed: never a stack trace or a system's message for its operators.
 */
export function taskError(error: StepFunctionsError): TaskError {
  const problem = problemIn(error.Cause);
  if (problem !== undefined) return problem;
  return (
    SYSTEM_FAILURES.get(error.Error) ?? {
      code: isProblemCode(error.Error) ? error.Error : "INTERNAL_ERROR",
      message: "The step could not run",
    }
  );
}

function problemIn(cause: string): TaskError | undefined {
  const { errorMessage } = fieldsOf(parseJson(cause));
  const { code, detail, step, declineCode } = fieldsOf(parseJson(errorMessage));
  if (!isProblemCode(code) || typeof detail !== "string") return undefined;
  return {
    code,
    message: PROBLEM_KINDS[code].retryable ? ALL_ATTEMPTS_FAILED : detail,
    ...present({ step: textOf(step), declineCode: textOf(declineCode) }),
  };
}
