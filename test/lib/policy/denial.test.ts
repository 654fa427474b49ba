import { describe, expect, it } from "@jest/globals";
import { denial } from "../../../lib/policy/denial.ts";
import type { Decision, UsageName } from "../../../lib/policy/policy.ts";

const NOW = new Date("2026-11-25T12:00:45Z");
const denied = (exceeded: readonly UsageName[]): Decision => ({
  decision: "DENY",
  ruleId: "limit",
  reason: "Too much",
  redactFields: [],
  issues: [{ path: "amount", message: "Too much" }],
  exceeded,
});

describe("given a denial", () => {
  it.each<[string, readonly UsageName[], object]>([
    ["by a rule without counters", [], { code: "FORBIDDEN", status: 403, retryAfterSeconds: undefined }],
    [
      "by the daily amount",
      ["customerAmountToday"],
      { code: "RATE_LIMITED", status: 429, retryAfterSeconds: 43_155 },
    ],
    [
      "by the calls per minute",
      ["callsThisMinute"],
      { code: "RATE_LIMITED", status: 429, retryAfterSeconds: 15 },
    ],
    [
      "by both",
      ["customerAmountToday", "callsThisMinute"],
      { code: "RATE_LIMITED", status: 429, retryAfterSeconds: 43_155 },
    ],
  ])(
    "%s, the problem says whether waiting helps, and gives the reason and the fields",
    (_by, exceeded, kind) => {
      expect(denial(denied(exceeded), NOW)).toMatchObject({
        ...kind,
        message: "Too much",
        issues: [{ path: "amount", message: "Too much" }],
      });
    },
  );
});
