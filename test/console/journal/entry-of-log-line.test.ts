/** What the time line says about each kind of log line. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { AUDIT_EVENT_TYPES } from "../../../lib/audit/audit-entry.ts";
import { entryOfLogLine } from "../../../scripts/console/journal/entry-of-log-line.ts";
import { LINE_SHAPES } from "../../../scripts/console/journal/line-shapes.ts";

const AT = Date.UTC(2026, 10, 27, 8, 30);
const entryOf = (line: object, functionName = "stripe-create-customer") =>
  entryOfLogLine({ functionName, at: AT, message: JSON.stringify(line) });

/** The names of all lines that our code writes, as its sources have them. */
function writtenEvents(): string[] {
  const sources = globSync(["lib/**/*.ts", "functions/**/*.ts"]).map((file) => readFileSync(file, "utf8"));
  const named = /\b(?:event: |scheduleHandler\(|executionChangeHandler\()"([a-z-]+(?:\.[a-z-]+)?)"/g;
  return [
    ...AUDIT_EVENT_TYPES,
    ...sources.flatMap((source) => [...source.matchAll(named)].map(([, name = ""]) => name)),
  ];
}

describe("given a line of a function's log", () => {
  it("every line that our code writes has words of its own", () => {
    const written = writtenEvents();
    expect(written.length).toBeGreaterThan(40);
    expect(written.filter((name) => !Object.hasOwn(LINE_SHAPES, name))).toEqual([]);
    expect(Object.keys(LINE_SHAPES).filter((name) => !written.includes(name))).toEqual([]);
  });

  it("a call has its decision, its principal, its amount and every id", () => {
    expect(
      entryOf({
        event: "capability.invoked",
        requestId: "r-1",
        capabilityId: "stripe-create-payment-intent",
        principalId: "shop",
        decision: "PERMIT",
        ruleId: "shops-may-charge",
        durationMs: 12,
        stripeRequestId: "req_1",
        paymentId: "pi_1",
        amount: 4200,
        currency: "usd",
        outcome: "succeeded",
      }),
    ).toMatchObject({
      at: AT,
      kind: "call",
      outcome: "succeeded",
      title: "stripe-create-payment-intent",
      principal: "shop",
      decision: { decision: "PERMIT", ruleId: "shops-may-charge" },
      ids: ["r-1", "req_1", "pi_1"],
      amount: 4200,
      currency: "usd",
      durationMs: 12,
    });
  });

  it.each([
    [{ event: "capability.invoked", outcome: "replayed" }, "call", "replayed"],
    [{ event: "capability.invoked", outcome: "denied", code: "FORBIDDEN" }, "call", "refused"],
    [{ event: "capability.invoked", outcome: "denied", code: "APPROVAL_REQUIRED" }, "call", "waiting"],
    [{ event: "capability.invoked", outcome: "failed", code: "PAYMENT_REQUIRED" }, "call", "refused"],
    [
      { event: "capability.invoked", outcome: "failed", code: "BAD_GATEWAY", level: "error" },
      "call",
      "failed",
    ],
    [{ event: "capability.invoked", outcome: "succeeded", action: "step" }, "step", "succeeded"],
    [{ event: "capability.invoked", outcome: "succeeded", capabilityId: "send-email" }, "mail", "succeeded"],
    [{ event: "http.refused", outcome: "rejected", code: "NOT_FOUND" }, "call", "refused"],
    [{ event: "workflow.started", outcome: "succeeded" }, "run", "succeeded"],
    [{ event: "workflow.recorded", outcome: "succeeded", status: "running" }, "run", "waiting"],
    [{ event: "workflow.recorded", outcome: "succeeded", status: "failed" }, "run", "failed"],
    [{ event: "wait.begun", outcome: "succeeded", result: "waiting" }, "step", "waiting"],
    [{ event: "webhook.applied", outcome: "duplicate" }, "event", "ignored"],
    [{ event: "webhook.applied", outcome: "ignored", reason: "no-consumer" }, "event", "ignored"],
    [{ event: "webhook.applied", outcome: "stale" }, "event", "ignored"],
    [{ event: "notification.delivery", outcome: "failed", result: "500" }, "notification", "failed"],
    [{ event: "automatic-mail", outcome: "ignored", result: "unaddressed" }, "mail", "ignored"],
    [{ event: "mail.undelivered", outcome: "succeeded", result: "bounced" }, "mail", "failed"],
    [{ event: "idempotency.unsettled", level: "warn" }, "call", "failed"],
    [{ event: "of-a-later-version", level: "info" }, "call", "succeeded"],
  ])("%j is of its kind and outcome", (line, kind, outcome) => {
    expect(entryOf(line)).toMatchObject({ kind, outcome });
  });

  it.each([
    [{ event: "webhook.rejected", outcome: "rejected", reason: "mismatch" }, "WebhookRejectionsAlarm"],
    [{ event: "queue.message-set-aside", outcome: "rejected" }, "EventsDeadLetterAlarm"],
    [
      { event: "capability.invoked", outcome: "failed", code: "BAD_GATEWAY", alarm: "stripe-account" },
      "stripe-account",
    ],
    [{ event: "quote.mismatch", level: "error", alarm: "quote-mismatch", Alarms: 1 }, "quote-mismatch"],
    [
      { event: "identity.refused", outcome: "rejected", refusal: "revoked-key", KeysRefused: 1 },
      "RefusedKeysAlarm",
    ],
    [{ event: "reconciler.ran", outcome: "succeeded", missing: 2, EventsMissing: 2 }, "ReconcilerFindsAlarm"],
    [{ event: "reconciler.ran", outcome: "succeeded", missing: 0, EventsMissing: 0 }, undefined],
    [{ event: "drift.found", level: "warn" }, "DriftFoundAlarm"],
  ])("%j names the alarm that it raises", (line, alarm) => {
    expect(entryOf(line)?.alarm).toBe(alarm);
  });

  it.each([
    [
      { event: "webhook.rejected", reason: "mismatch" },
      "Its signature is wrong: another STRIPE_WEBHOOK_SECRET, or a forged event",
    ],
    [
      { event: "identity.refused", refusal: "invalid-token", reason: "claim aud" },
      "The token is not valid: claim aud",
    ],
    [{ event: "webhook.applied", outcome: "duplicate", inProgress: true }, "Another copy is being applied"],
    [{ event: "capability.invoked", code: "BAD_GATEWAY", cause: "Error: no\n  at x" }, "Error: no"],
    [
      { event: "reconciler.ran", undelivered: 1, missing: 2, enqueued: 2 },
      "undelivered 1, missing 2, enqueued 2",
    ],
    [{ event: "webhook.applied", status: "succeeded" }, "succeeded"],
  ])("%j says why", (line, detail) => {
    expect(entryOf(line)?.detail).toBe(detail);
  });

  it.each([
    [{ event: "drift.checked", outcome: "succeeded", skipped: true }, true],
    [{ event: "drift.checked", outcome: "succeeded", checked: 40, suspected: 0, drifted: 0 }, true],
    [{ event: "drift.checked", outcome: "succeeded", checked: 40, suspected: 1, drifted: 0 }, undefined],
    [{ event: "drift.checked", outcome: "failed", code: "BAD_GATEWAY" }, undefined],
    [{ event: "workflow.recorded", outcome: "succeeded", skipped: true }, true],
  ])("%j is routine if nothing was found or done", (line, routine) => {
    expect(entryOf(line)?.routine).toBe(routine);
  });

  it("two lines of one request in the same millisecond are two entries, and one line is always the same", () => {
    const one = entryOf({ event: "webhook.applied", requestId: "r-1", outcome: "succeeded" });
    const other = entryOf({ event: "webhook.applied", requestId: "r-1", outcome: "duplicate" });
    expect(one?.id).not.toBe(other?.id);
    expect(entryOf({ event: "webhook.applied", requestId: "r-1", outcome: "succeeded" })?.id).toBe(one?.id);
  });

  it.each(["REPORT RequestId: 1", "{}", "[1]", '{"event":3}', ""])("%j is not a line of ours", (message) => {
    expect(entryOfLogLine({ functionName: "x", at: AT, message })).toBeUndefined();
  });
});
