import { describe, expect, it } from "@jest/globals";
import { callMetrics } from "../../lib/call-metrics.ts";
import { Problem } from "../../lib/errors.ts";

describe("given a call that has ended", () => {
  it("it is counted and timed under its capability", () => {
    expect(callMetrics({ outcome: "succeeded", capabilityId: "send-email", durationMs: 12 })).toEqual([
      {
        dimensions: ["stage", "capabilityId"],
        values: { Calls: 1, Denials: 0, Failures: 0, DurationMs: 12 },
      },
    ]);
  });

  it("without a capability it is counted under the name of its log line, and without a duration it is not timed", () => {
    expect(callMetrics({ outcome: "ignored" })).toEqual([
      { dimensions: ["stage", "event"], values: { Calls: 1, Denials: 0, Failures: 0 } },
    ]);
  });

  it.each([
    ["a denial", "denied", new Problem("FORBIDDEN", "no"), { Denials: 1, Failures: 0 }],
    [
      "a refusal that the caller caused",
      "failed",
      new Problem("CONFLICT", "no"),
      { Denials: 0, Failures: 0 },
    ],
    ["our own failure", "failed", new Problem("INTERNAL_ERROR", "no"), { Denials: 0, Failures: 1 }],
  ])("%s is counted as such", (_what, outcome, problem, counts) => {
    expect(callMetrics({ outcome }, problem)[0]?.values).toEqual({ Calls: 1, ...counts });
  });

  it("the lag of an event is measured for the stage, and by its type", () => {
    const lag = { values: { LagMs: 0 } };
    expect(callMetrics({ outcome: "succeeded", lagMs: 0 }).slice(1)).toEqual([
      { dimensions: ["stage"], ...lag },
      { dimensions: ["stage", "eventType"], ...lag },
    ]);
  });

  it("a denial is also counted for the whole stage, for the alarm, and anything else is not", () => {
    expect(callMetrics({ outcome: "denied" }, new Problem("FORBIDDEN", "no")).slice(1)).toEqual([
      { dimensions: ["stage"], values: { Denials: 1 } },
    ]);
    expect(callMetrics({ outcome: "failed" }, new Problem("NOT_FOUND", "no")).slice(1)).toEqual([]);
  });

  it("an alarm is counted for the whole stage", () => {
    const problem = new Problem("BAD_GATEWAY", "no", { alarm: "stripe-authentication" });
    expect(callMetrics({ outcome: "failed" }, problem).slice(1)).toEqual([
      { dimensions: ["stage"], values: { Alarms: 1 } },
    ]);
  });
});
