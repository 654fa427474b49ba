/**
 * Lambda reports the name of the error that a function threw, and Step Functions chooses Retry and Catch by that name.
 * serverless-offline loses the name twice: structured cloning out of the worker thread keeps only message and stack,
 * and its Invoke API writes `errorType: "Error"`. So the name travels as the first line of the stack: the footer below
 * puts it there in the function's bundle, and `invocationFailure` takes it out again.
 */
import { fieldsOf, listOf, parseJson, textOf } from "../lib/untrusted.ts";

const MARK = "errorType: ";

/** JavaScript appended to every CommonJS bundle that runs locally. */
export const ERROR_NAME_FOOTER = `
module.exports = Object.fromEntries(Object.entries(module.exports).map(([name, value]) => [
  name,
  typeof value !== "function" ? value : async (...call) => {
    try {
      return await value(...call);
    } catch (error) {
      if (error instanceof Error) error.stack = ${JSON.stringify(MARK)} + error.name + "\\n" + (error.stack || "");
      throw error;
    }
  },
]));`;

/** serverless-offline's message for a function that ran out of time. */
const TIMEOUT_MESSAGE = "[504] - Lambda timeout.";

/** Turns serverless-offline's error document into the error's type and the document that Lambda itself would write. */
export function invocationFailure(payload: string): { errorType: string; document: string } {
  const failure = fieldsOf(parseJson(payload));
  const errorMessage = textOf(failure.errorMessage) ?? payload;
  if (errorMessage === TIMEOUT_MESSAGE) {
    // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    const timeout = { errorType: "Sandbox.Timedout", errorMessage: "Error: Task timed out" };
    return { errorType: timeout.errorType, document: JSON.stringify(timeout) };
  }
  const lines = listOf(failure.trace).map(String);
  const [first, ...trace] = lines;
  const errorType = first?.startsWith(MARK)
    ? first.slice(MARK.length)
    : (textOf(failure.errorType) ?? "Error");
  return {
    errorType,
    document: JSON.stringify({ errorType, errorMessage, trace: first?.startsWith(MARK) ? trace : lines }),
  };
}
