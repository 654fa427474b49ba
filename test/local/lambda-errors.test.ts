import { describe, expect, it } from "@jest/globals";
import { invocationFailure } from "../../local/lambda-errors.ts";

describe("a failed invocation", () => {
  it("has the name of the error that was thrown, and Lambda's own error document", () => {
    const payload = JSON.stringify({
      errorType: "Error",
      errorMessage: "no\nmore",
      trace: ["errorType: PAYMENT_REQUIRED", "Error: no", "    at handler"],
    });

    const { errorType, document } = invocationFailure(payload);

    expect(errorType).toBe("PAYMENT_REQUIRED");
    expect(JSON.parse(document)).toEqual({
      errorType: "PAYMENT_REQUIRED",
      errorMessage: "no\nmore",
      trace: ["Error: no", "    at handler"],
    });
  });

  it("keeps serverless-offline's document when the error came from outside the function", () => {
    const payload = JSON.stringify({ errorType: "Error", errorMessage: "bad", trace: ["Error: bad"] });
    expect(invocationFailure(payload)).toEqual({ errorType: "Error", document: payload });
  });

  it("is Sandbox.Timedout when the function ran out of time", () => {
    const payload = JSON.stringify({
      errorType: "Error",
      errorMessage: "[504] - Lambda timeout.",
      trace: [],
    });
    expect(invocationFailure(payload).errorType).toBe("Sandbox.Timedout");
  });

  it("survives a payload that is not JSON", () => {
    expect(invocationFailure("<html>").errorType).toBe("Error");
  });
});
