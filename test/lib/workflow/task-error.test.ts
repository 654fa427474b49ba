import { describe, expect, it } from "@jest/globals";
import { Problem } from "../../../lib/errors.ts";
import { taskError } from "../../../lib/workflow/task-error.ts";

const lambdaCause = (errorType: string, errorMessage: string) =>
  JSON.stringify({ errorType, errorMessage, trace: ["at secret (/var/task/handler.js:1:1)"] });

describe("a failed task", () => {
  it("shows the problem of the step, with the decline code", () => {
    const problem = new Problem("PAYMENT_REQUIRED", "Your card has insufficient funds.", {
      declineCode: "insufficient_funds",
    });
    const message = JSON.stringify({ ...problem.toDocument(), step: "create-payment-intent" });

    const error = taskError({ Error: "PAYMENT_REQUIRED", Cause: lambdaCause("PAYMENT_REQUIRED", message) });

    expect(error).toEqual({
      code: "PAYMENT_REQUIRED",
      message: "Your card has insufficient funds.",
      step: "create-payment-intent",
      declineCode: "insufficient_funds",
    });
  });

  it.each(["RATE_LIMITED", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT"] as const)(
    "with %s does not advise to send the same key again, which leads to the same failed run",
    (code) => {
      const document = new Problem(code, "Send the same request again in a moment").toDocument();
      const message = JSON.stringify({ ...document, step: "create-customer" });

      const error = taskError({ Error: code, Cause: lambdaCause(code, message) });

      expect(error.message).toMatch(/Retry the run within 24 hours .*\/retry/);
      expect(error.message).not.toMatch(/send/i);
    },
  );

  it.each([
    ["States.Timeout", "", "TIMEOUT"],
    ["Sandbox.Timedout", lambdaCause("Sandbox.Timedout", "Task timed out after 3.00 seconds"), "TIMEOUT"],
    ["Lambda.TooManyRequestsException", "Rate exceeded", "SERVICE_UNAVAILABLE"],
    ["Lambda.ServiceException", "", "SERVICE_UNAVAILABLE"],
    ["States.Runtime", "The JSONPath '$.x' could not be found", "INTERNAL_ERROR"],
    [
      "Runtime.ExitError",
      lambdaCause("Runtime.ExitError", "RequestId: 1 Error: exit status 1"),
      "INTERNAL_ERROR",
    ],
    ["TypeError", lambdaCause("TypeError", "x is not a function"), "INTERNAL_ERROR"],
    ["toString", "", "INTERNAL_ERROR"],
    ["RATE_LIMITED", '{"errorType": "RATE_LIMITED", "errorMessage": "{\\"cut off', "RATE_LIMITED"],
    ["X", lambdaCause("X", '{"code": "toString", "detail": "secret"}'), "INTERNAL_ERROR"],
  ])("%s with the cause %j is shown as %s, without internal details", (name, cause, code) => {
    const error = taskError({ Error: name, Cause: cause.replaceAll("x is", "secret is") });

    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^The step /);
    expect(JSON.stringify(error)).not.toMatch(/secret|var\/task|RequestId|JSONPath/);
  });
});
