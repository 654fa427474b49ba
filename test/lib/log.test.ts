import { beforeEach, describe, expect, it } from "@jest/globals";
import { asProblem, Problem } from "../../lib/errors.ts";
import { describeCause, isLogged, log, logCall } from "../../lib/log.ts";
import * as given from "../steps/given.ts";

const captured = given.capturedLog();
const lines = () =>
  captured
    .text()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
beforeEach(() => {
  process.env.STAGE = "dev";
  process.env.METRICS = "all";
});

const aCall = {
  event: "capability.invoked",
  requestId: "r-1",
  capabilityId: "stripe-create-customer",
  principalId: "shop",
  decision: "PERMIT",
  durationMs: 12,
  stripeRequestId: "req_1",
  outcome: "succeeded",
} as const;

describe("given a failure whose error has no frame of ours, such as one of the network", () => {
  it("its line has the frames of the code that noticed it, too", () => {
    const cause = new Error("ECONNREFUSED");
    cause.stack = "Error: ECONNREFUSED\n    at Socket.emit (node:events:1:2)";
    logCall({ ...aCall, outcome: "failed" }, new Problem("SERVICE_UNAVAILABLE", "no Stripe", { cause }));
    expect(lines()[0].cause).toMatch(
      /^Error: ECONNREFUSED\n {4}at Socket\.emit \(node:events:1:2\)\n {2}thrown as SERVICE_UNAVAILABLE\n {4}at .*log\.test\.ts:/,
    );
  });

  it("what nobody expected has its own frames only", () => {
    const cause = new TypeError("x is not a function");
    logCall({ ...aCall, outcome: "failed" }, asProblem(cause));
    expect(lines()[0].cause).toBe(describeCause(cause));
  });
});

describe("given a call that has ended", () => {
  it("one line reports it, with its metrics embedded", () => {
    logCall(aCall);
    expect(captured.text()).toMatch(/^[^\n]+\n$/);
    expect(lines()[0]).toMatchObject({
      ...aCall,
      level: "info",
      stage: "dev",
      timestamp: expect.stringMatching(/Z$/),
      coldStart: expect.any(Boolean),
      Calls: 1,
      Denials: 0,
      Failures: 0,
      DurationMs: 12,
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "contractspec-stripe",
            Dimensions: [["stage", "capabilityId"]],
            Metrics: [
              { Name: "Calls", Unit: "Count" },
              { Name: "Denials", Unit: "Count" },
              { Name: "Failures", Unit: "Count" },
              { Name: "DurationMs", Unit: "Milliseconds" },
            ],
          },
        ],
      },
    });
  });

  it.each([undefined, "", "stage"])("with METRICS=%s it has the metrics of the stage only", (setting) => {
    process.env.METRICS = setting;
    if (setting === undefined) delete process.env.METRICS;
    logCall(aCall);
    logCall({ ...aCall, outcome: "denied", lagMs: 7 }, new Problem("FORBIDDEN", "not for you"));
    const [plain, denied] = lines();
    for (const name of ["_aws", "Calls", "Failures", "DurationMs"]) expect(plain).not.toHaveProperty(name);
    expect(plain).toMatchObject({ ...aCall });
    expect(denied).toMatchObject({ Denials: 1, LagMs: 7 });
    expect(denied._aws.CloudWatchMetrics).toEqual(
      ["LagMs", "Denials"].map((Name) => ({
        Namespace: "contractspec-stripe",
        Dimensions: [["stage"]],
        Metrics: [{ Name, Unit: Name === "LagMs" ? "Milliseconds" : "Count" }],
      })),
    );
  });

  it("every dimension of a metric is a text field of the line: CloudWatch drops the metric otherwise", () => {
    logCall(aCall, new Problem("BAD_GATEWAY", "no", { alarm: "stripe-authentication" }));
    logCall({ event: "http.refused", outcome: "rejected" });
    for (const line of lines()) {
      for (const { Dimensions } of line._aws.CloudWatchMetrics) {
        for (const name of Dimensions.flat()) expect([name, typeof line[name]]).toEqual([name, "string"]);
      }
    }
  });

  it("a denial counts as a denial, and not as a failure", () => {
    logCall({ ...aCall, outcome: "denied" }, new Problem("FORBIDDEN", "not for you"));
    expect(lines()[0]).toMatchObject({ level: "info", code: "FORBIDDEN", Denials: 1, Failures: 0 });
    expect(lines()[0]).not.toHaveProperty("cause");
  });

  it("our own failure is logged as an error with its cause, and raises its alarm", () => {
    const cause = new Error("refused sk_test_abc for ada@example.com");
    logCall(
      { ...aCall, outcome: "failed" },
      new Problem("BAD_GATEWAY", "no", { cause, alarm: "stripe-authentication", vendorRequestId: "req_2" }),
    );
    expect(lines()[0]).toMatchObject({
      level: "error",
      Failures: 1,
      Alarms: 1,
      alarm: "stripe-authentication",
      cause: expect.stringContaining("refused [key] for [email]"),
    });
    expect(lines()[0]._aws.CloudWatchMetrics[1]).toMatchObject({ Dimensions: [["stage"]] });
  });

  it("only the first call of a process is a cold start", () => {
    logCall(aCall);
    logCall(aCall);
    expect(lines()[1]).toMatchObject({ coldStart: false });
  });

  it("a logged problem is marked as logged, so that it is not logged twice", () => {
    const problem = new Problem("CONFLICT", "still being worked on");
    expect(isLogged(problem)).toBe(false);
    logCall({ ...aCall, outcome: "failed" }, problem);
    expect(isLogged(problem)).toBe(true);
  });
});

describe("given a line without metrics", () => {
  it("nothing is embedded", () => {
    log("warn", { event: "idempotency.unsettled" });
    expect(lines()[0]).toEqual({
      level: "warn",
      stage: "dev",
      timestamp: expect.any(String),
      event: "idempotency.unsettled",
    });
  });
});

describe("given the cause of a failure", () => {
  const aFailure = (message: string) => Object.assign(new Error(message), { name: "ValidationException" });

  it("its class, its message and its stack are shown, without secrets", () => {
    const told = describeCause(aFailure("no access for sk_test_abc and ada@example.com"));
    expect(told).toMatch(
      /^ValidationException: no access for \[key\] and \[email\]\n\s+at .*log\.test\.ts:\d+/,
    );
  });

  it.each([
    ["DynamoDB", "Value 'Ada Lovelace' at 'item' failed to satisfy constraint"],
    ["a name with an apostrophe", "Value 'Ada O'Lovelace' at 'item' is wrong"],
    ["the JSON parser", `Unexpected token 'A', "Ada Lovelace"... is not valid JSON`],
    ["a quotation over several lines", '"Ada\n    at Lovelace" is wrong'],
    ["a quotation in backquotes", "`Ada Lovelace` is wrong"],
  ])("its quotations are left out, as for %s", (_who, message) => {
    expect(describeCause(aFailure(message))).not.toMatch(/Lovelace/);
    expect(describeCause(message)).not.toMatch(/Lovelace/);
    expect(describeCause(aFailure(message))).toMatch(/^ValidationException: .*\[quoted\]/);
  });

  it("an apostrophe does not count as a quotation", () => {
    expect(describeCause(aFailure("it isn't there, don't ask"))).toContain("it isn't there, don't ask");
  });

  it("our own problems are shown in full, since they contain nothing from a caller", () => {
    const problem = new Problem("SERVICE_UNAVAILABLE", 'SECRETS ("APP_SECRET") is not whole');
    expect(describeCause(problem)).toMatch(/^Problem: SECRETS \("APP_SECRET"\) is not whole\n/);
  });

  it("a value that is not an error is shown as text, and a missing cause is left out", () => {
    expect(describeCause("whsec_abc broke")).toBe("[webhook secret] broke");
    expect(describeCause(undefined)).toBeUndefined();
  });
});
