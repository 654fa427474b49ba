import { describe, expect, it } from "@jest/globals";
import type { AuditResourceType } from "../../../lib/audit/audit-entry.ts";
import { lineOf } from "../../../lib/audit/call-line.ts";
import type { RecordedCall } from "../../../lib/audit/recorded-call.ts";

const call: RecordedCall = {
  eventType: "capability.invoked",
  resource: { type: "capability", id: "send-email" },
  action: "invoke",
  principal: { id: "shop", roles: ["checkout"] },
  ipAddress: "192.0.2.1",
  requestId: "r-1",
  deadline: 0,
  now: () => new Date(0),
  objects: ["pi_1"],
};
const facts = {
  inputs: { to: "[redacted]" },
  objects: ["pi_1"],
  decision: {
    decision: "PERMIT",
    ruleId: "shops-may-mail",
    reason: "a reason",
    redactFields: [],
    issues: [],
    exceeded: [],
  },
  vendorRequestId: "req_1",
  outputs: { messageId: "m-1" },
} as const;

describe("given a guarded call", () => {
  it("its log line says what was called, by whom and why it was permitted, and contains no payload and no address", () => {
    expect(lineOf(call, 12, facts, undefined)).toEqual({
      event: "capability.invoked",
      requestId: "r-1",
      capabilityId: "send-email",
      action: "invoke",
      principalId: "shop",
      decision: "PERMIT",
      ruleId: "shops-may-mail",
      durationMs: 12,
      stripeRequestId: "req_1",
      paymentId: "pi_1",
    });
  });

  it.each([
    [
      "of the inputs",
      { inputs: { amount: 4200, currency: "usd" }, outputs: { paymentIntentId: "pi_1" } },
      4200,
    ],
    [
      "of the outputs, if both have one",
      { inputs: { amount: 1, currency: "usd" }, outputs: { amount: 2, currency: "usd" } },
      2,
    ],
    ["that is due", { outputs: { amountDue: 900, currency: "usd" } }, 900],
    ["without a currency, which says nothing,", { inputs: { amount: 4200 } }, undefined],
    ["that was redacted", { inputs: { amount: "[redacted]", currency: "usd" } }, undefined],
  ])("its log line has the amount %s as far as it is known", (_, { ...known }, amount) => {
    expect(lineOf(call, 12, { objects: [], ...known }, undefined).amount).toBe(amount);
  });

  it("its log line names its audit entry, and the fields of its transport come last", () => {
    const mark = { auditEventId: "e-1", auditWriter: "w-1", auditSequence: 3, auditDigest: "d" };
    const applied = { ...call, logFields: { event: "webhook.applied", eventId: "evt_1" } };
    expect(lineOf(applied, 12, facts, mark)).toMatchObject({
      ...mark,
      event: "webhook.applied",
      eventId: "evt_1",
    });
  });

  it.each<[AuditResourceType, boolean]>([
    ["capability", true],
    ["workflow", true],
    ["stripe-event", false],
    ["audit", false],
  ])("the id of a resource of the type %s is a dimension of metrics: %s", (type, isDimension) => {
    const line = lineOf({ ...call, resource: { type, id: "id" } }, 12, facts, undefined);
    expect(line.capabilityId).toBe(isDimension ? "id" : undefined);
  });
});
