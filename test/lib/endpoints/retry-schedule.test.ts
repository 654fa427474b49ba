import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  DAYS_UNTIL_DISABLED,
  FAILURES_UNTIL_DISABLED,
  isToBeDisabled,
  nextProbe,
} from "../../../lib/endpoints/endpoint-health.ts";
import {
  LONGEST_RETRY_AFTER_SECONDS,
  nextDelay,
  RETRY_SECONDS,
  retryAfterSeconds,
} from "../../../lib/endpoints/retry-schedule.ts";
import { checkedPatterns, matchesType } from "../../../lib/endpoints/type-filter.ts";
import { NOTIFICATION_TYPES } from "../../../lib/notifications/notification.ts";
import { tries } from "../../steps/effort.ts";

const runs = { numRuns: tries({ sample: 200, whole: 5_000 }) };
const anyRandom = fc.double({ min: 0, max: 1, noNaN: true });
const NOW = new Date("2026-11-27T10:00:00Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
const DAY_MS = 24 * 60 * 60 * 1000;

/** The times of all attempts at a notification that is never accepted, in seconds after the first. */
function attemptsWith(random: () => number, retryAfter?: number): number[] {
  const times = [0];
  for (;;) {
    const ageSeconds = times.at(-1) ?? 0;
    const delay = nextDelay({ attempts: times.length, ageSeconds, retryAfterSeconds: retryAfter }, random());
    if (delay === undefined) return times;
    times.push(ageSeconds + delay);
  }
}

describe("given a notification that is never accepted", () => {
  it("there are attempts until exactly three days have passed, each within what SQS can hide a message for", () => {
    fc.assert(
      fc.property(fc.infiniteStream(anyRandom), fc.option(fc.nat(1_000_000)), (stream, asked) => {
        const times = attemptsWith(() => stream.next().value ?? 0, asked ?? undefined);
        expect(times.at(-1)).toBe(RETRY_SECONDS);
        for (const [index, time] of times.entries()) {
          const delay = (times[index + 1] ?? time) - time;
          expect(delay).toBeLessThan(12 * 60 * 60);
          expect(Number.isInteger(delay)).toBe(true);
        }
        // What SQS counts as deliveries stays far below the most that its queue allows.
        expect(times.length).toBeLessThan(100);
      }),
      runs,
    );
  });

  it("the first attempts come soon, and the later ones seldom", () => {
    const hours = attemptsWith(() => 0.5).map((seconds) => seconds / 3600);
    expect(hours.filter((hour) => hour <= 1)).toHaveLength(6);
    expect(hours).toHaveLength(16);
  });

  it("notifications that failed together are tried at different times", () => {
    const delays = [0, 0.25, 0.5, 0.75, 1].map((random) =>
      nextDelay({ attempts: 4, ageSeconds: 160 }, random),
    );
    expect(delays).toEqual([510, 555, 600, 645, 690]);
  });

  it("Retry-After only makes the wait longer, and by at most an hour", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(10_000_000),
        anyRandom,
        (attempts, asked, random) => {
          const own = nextDelay({ attempts, ageSeconds: 0 }, random) ?? 0;
          const delay = nextDelay({ attempts, ageSeconds: 0, retryAfterSeconds: asked }, random) ?? 0;
          expect(delay).toBe(Math.max(own, Math.min(asked, LONGEST_RETRY_AFTER_SECONDS)));
        },
      ),
      runs,
    );
  });

  it.each([
    [undefined, undefined],
    ["120", 120],
    [" 7 ", 7],
    ["Fri, 27 Nov 2026 10:02:00 GMT", 120],
    ["Fri, 27 Nov 2026 09:00:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    ["1e9", undefined],
  ])("the header Retry-After: %s asks for %s seconds", (header, seconds) => {
    expect(retryAfterSeconds(header, NOW)).toBe(seconds);
  });
});

describe("given an endpoint that fails", () => {
  it("it is disabled only after enough failures over enough days", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(10 * DAY_MS), (failures, ms) => {
        const isLong = failures >= FAILURES_UNTIL_DISABLED && ms >= DAYS_UNTIL_DISABLED * DAY_MS;
        expect(isToBeDisabled({ failures, failingSince: ago(ms) }, NOW)).toBe(isLong);
      }),
      runs,
    );
    expect(isToBeDisabled({ failures: 99 }, NOW)).toBe(false);
  });

  it("it is tried again after 30 seconds at first, and at least every quarter of an hour", () => {
    const secondsAfter = (ms: number) =>
      (Date.parse(nextProbe({ failingSince: ago(ms) }, NOW)) - NOW.getTime()) / 1000;
    expect([0, 60_000, 600_000, DAY_MS].map(secondsAfter)).toEqual([30, 30, 150, 900]);
    expect(nextProbe({}, NOW)).toBe(new Date(NOW.getTime() + 30_000).toISOString());
  });
});

describe("given the types that an endpoint asks for", () => {
  it.each([
    [["payment.succeeded"], "payment.succeeded", true],
    [["payment.succeeded"], "payment.failed", false],
    [["payment.*"], "payment.failed", true],
    [["payment.*"], "payment_method.expiring", false],
    [["invoice.paid", "payment.*"], "invoice.paid", true],
    [["*"], "usage.refused", true],
    [[], "usage.refused", false],
  ])("%j stands for %s: %s", (patterns, type, isMatch) => {
    expect(matchesType(patterns, type)).toBe(isMatch);
  });

  it("each type, the types of each kind and all types are accepted, each once", () => {
    const patterns = [
      ...NOTIFICATION_TYPES,
      ...NOTIFICATION_TYPES.map((type) => type.replace(/\..*/, ".*")),
      "*",
    ];
    expect(checkedPatterns([...patterns, ...patterns])).toEqual([...new Set(patterns)]);
  });

  it.each([
    ["payment.suceeded", 'did you mean "payment.succeeded"?'],
    ["payments.*", 'did you mean "payment.*"?'],
    ["payment*", "payment.*"],
    ["", "a type that no notification has"],
  ])("%s is refused: %s", (pattern, message) => {
    expect(() => checkedPatterns(["invoice.paid", pattern])).toThrow(message);
  });
});
