import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { EventLine } from "../../../scripts/console/events/event-log.ts";
import { LAG_MS, lagOf, oldestWaiting, quantile } from "../../../scripts/console/events/lag.ts";
import { refusalsIn } from "../../../scripts/console/events/refusals.ts";

const NOW = new Date("2026-11-27T08:00:00Z");
const line = (ago: number, fields: object): EventLine => ({
  at: NOW.getTime() - ago,
  queue: undefined,
  fields: { ...fields },
});
const applied = (ago: number, lagMs: number) =>
  line(ago, { event: "webhook.applied", outcome: "succeeded", lagMs });

describe("given events that were applied", () => {
  it("each of the last hour is in exactly one part, and none of before", () => {
    const anyLine = fc.tuple(fc.nat(2 * LAG_MS), fc.integer({ min: -900, max: 100_000 }));
    fc.assert(
      fc.property(fc.array(anyLine), (given) => {
        const lag = lagOf(
          given.map(([ago, lagMs]) => applied(ago, lagMs)),
          NOW,
        );
        expect(lag.count).toBe(given.filter(([ago]) => ago < LAG_MS).length);
        expect(lag.parts.reduce((sum, { count }) => sum + count, 0)).toBe(lag.count);
        expect(lag.worst ?? 0).toBe(Math.max(0, ...lag.parts.map(({ worst = 0 }) => worst)));
      }),
    );
  });

  it("the share of values up to a quantile is at least its part, and less without it", () => {
    const values = fc.array(fc.nat(1_000), { minLength: 1 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.95), (list, part) => {
        const found = quantile(list, part);
        expect(list.filter((value) => value <= found).length).toBeGreaterThanOrEqual(part * list.length);
        expect(list.filter((value) => value < found).length).toBeLessThan(part * list.length);
      }),
    );
  });

  it("an event whose creation seems to be in the future has no lag", () => {
    expect(lagOf([applied(1, -400)], NOW)).toMatchObject({ count: 1, median: 0, worst: 0 });
  });
});

describe("given events that the webhook has queued", () => {
  it("the oldest of each queue that no consumer has ended is the one that waits", () => {
    const received = (ago: number, eventId: string) =>
      line(ago, { event: "webhook.received", eventId, queue: "invoice" });
    const lines = [
      received(9_000, "evt_done"),
      received(8_000, "evt_failing"),
      received(7_000, "evt_new"),
      line(6_000, { event: "webhook.applied", outcome: "succeeded", eventId: "evt_done" }),
      line(5_000, { event: "webhook.applied", outcome: "failed", eventId: "evt_failing" }),
    ];
    expect([...oldestWaiting(lines)]).toEqual([["invoice", NOW.getTime() - 8_000]]);
  });
});

describe("given requests that the webhook has refused", () => {
  it("they are counted by reason, the latest first, with a cause and what to do", () => {
    const rejected = (ago: number, reason: string) => line(ago, { event: "webhook.rejected", reason });
    const [first, second] = refusalsIn([
      rejected(30, "mismatch"),
      rejected(20, "no-header"),
      rejected(10, "mismatch"),
    ]);
    expect(first).toMatchObject({ reason: "mismatch", count: 2, lastAt: NOW.getTime() - 10 });
    expect(first?.likelyCause).toContain("STRIPE_WEBHOOK_SECRET");
    expect(second).toMatchObject({ reason: "no-header", count: 1 });
  });

  it("a reason that is not known does no harm", () => {
    expect(refusalsIn([line(1, { event: "webhook.rejected", reason: "constructor" })])).toMatchObject([
      { reason: "constructor", count: 1, likelyCause: expect.any(String) },
    ]);
  });
});
