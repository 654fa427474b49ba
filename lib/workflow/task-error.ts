/**
 * A failed task, as Step Functions tells it (`{Error, Cause}`), in our own terms. The cause of one of our functions is
 * Lambda's `{errorType, errorMessage}` whose message is a problem document; anything else is a failure of the system,
 * whose cause may hold a stack trace and is not shown. Pure.
 */

export interface StepFunctionsError {
  readonly Error: string;
  readonly Cause: string;
}

export interface TaskError {
  readonly code: string;
  readonly message: string;
  /** The step that failed first. */
  readonly step?: string;
  readonly declineCode?: string;
}

const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  "States.Timeout": "The step took longer than it may",
  "Sandbox.Timedout": "The step took longer than it may",
};

export function taskError(error: StepFunctionsError): TaskError {
  const problem = problemIn(error.Cause);
  if (problem !== undefined) return problem;
  const timedOut = error.Error in SYSTEM_MESSAGES;
  return {
    code: timedOut ? "TIMEOUT" : "INTERNAL_ERROR",
    message: SYSTEM_MESSAGES[error.Error] ?? "The step could not be run",
  };
}

function problemIn(cause: string): TaskError | undefined {
  const { errorMessage } = parseObject(cause);
  const { code, detail, step, declineCode } = parseObject(errorMessage);
  if (typeof code !== "string" || typeof detail !== "string") return undefined;
  return {
    code,
    message: detail,
    ...(typeof step === "string" ? { step } : {}),
    ...(typeof declineCode === "string" ? { declineCode } : {}),
  };
}

function parseObject(text: unknown): Record<string, unknown> {
  if (typeof text !== "string") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}
