import { describe, expect, it } from "@jest/globals";
import { beginningOf, endingOf, refusalResult, withoutWrongValues } from "../../../lib/audit/call-entry.ts";
import { Problem } from "../../../lib/errors.ts";
import type { Decision } from "../../../lib/policy/policy.ts";

const startedAt = new Date("2026-11-25T12:00:00Z");
const call = {
  eventType: "capability.invoked",
  resource: { type: "capability", id: "charge" },
  action: "invoke",
  principal: { id: "shop", roles: ["checkout"], customerId: "cus_1" },
  requestId: "r-1",
  deadline: 5_000,
  now: () => startedAt,
  logFields: { event: "other" },
} as const;
const permit: Decision = {
  decision: "PERMIT",
  ruleId: "a-rule",
  reason: "a reason",
  redactFields: ["x"],
  issues: [],
  exceeded: [],
};
const deny: Decision = { ...permit, decision: "DENY" };

describe("given a call that begins", () => {
  it("its entry says who called what, with which inputs, and contains no fields of its log line", () => {
    const facts = { inputs: { amount: 1 }, objects: ["run-1"] };
    expect(beginningOf({ ...call, ipAddress: "192.0.2.1" }, startedAt, facts)).toEqual({
      eventType: "capability.invoked",
      actor: { id: "shop", roles: ["checkout"], ipAddress: "192.0.2.1" },
      resource: { type: "capability", id: "charge" },
      action: "invoke",
      requestId: "r-1",
      startedAt,
      deadline: 5_000,
      inputs: { amount: 1 },
      objects: ["run-1"],
    });
  });

  it("missing facts are left out of its entry", () => {
    const { actor, ...entry } = beginningOf(call, startedAt, { objects: [] });
    expect(actor).not.toHaveProperty("ipAddress");
    expect(entry).not.toHaveProperty("inputs");
  });
});

describe("given a call that ends", () => {
  it("its entry says how it ended, why it was permitted, and what its outputs are", () => {
    const facts = { objects: [], decision: permit, vendorRequestId: "req_1", outputs: { receipt: "r" } };
    expect(endingOf("succeeded", 12, facts)).toEqual({
      result: "succeeded",
      durationMs: 12,
      policyDecision: { decision: "PERMIT", ruleId: "a-rule", reason: "a reason" },
      stripeRequestId: "req_1",
      outputs: { receipt: "r" },
    });
  });

  it("if it ended with a problem, its entry contains the codes but not the message", () => {
    const problem = new Problem("PAYMENT_REQUIRED", "for Ada", { declineCode: "lost_card" });
    expect(endingOf("failed", 12, { objects: [] }, problem)).toEqual({
      result: "failed",
      durationMs: 12,
      code: "PAYMENT_REQUIRED",
      declineCode: "lost_card",
    });
  });

  it.each([
    ["replayed", new Problem("PAYMENT_REQUIRED", "no", { replayed: true }), permit],
    ["denied", new Problem("FORBIDDEN", "no"), deny],
    ["failed", new Problem("CONFLICT", "no"), permit],
    ["failed", new Problem("BAD_REQUEST", "no"), undefined],
  ] as const)("its result is %s for %s, depending on the policy's decision", (result, problem, decision) => {
    expect(refusalResult(problem, decision)).toBe(result);
  });
});

describe("given inputs that the contract refuses", () => {
  const issues = [{ path: "card.number", message: "is wrong" }];

  it("the wrong values are masked at any depth, and the others stay", () => {
    expect(
      withoutWrongValues({ amount: 1, card: { number: "x", brand: "y" } }, { issues, moreIssues: 0 }),
    ).toEqual({
      amount: 1,
      card: { number: "[redacted]", brand: "y" },
    });
  });

  it.each([undefined, null, "[redacted]", 7])("%p has no fields to mask", (inputs) => {
    expect(withoutWrongValues(inputs, { issues, moreIssues: 0 })).toBe(inputs);
  });
});
