/** Outages of hours, and messages that can never be applied, on a clock that jumps from delivery to delivery. */
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { PROBLEM_KINDS, Problem, type ProblemCode } from "../../../lib/errors.ts";
import { LOST_AFTER_MS } from "../../../lib/events/inbox.ts";
import {
  LONGEST_DELAY_SECONDS,
  MOST_DELIVERIES,
  POISON_DELIVERIES,
  redelivery,
} from "../../../lib/events/redelivery.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { whenQueueIsConsumed } from "../../steps/simulated-queue.ts";

given.capturedLog();
beforeEach(() => {
  process.env.APP_SECRET = "app-secret-of-the-tests";
});
afterEach(() => void jest.useRealTimers());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CODES = Object.keys(PROBLEM_KINDS) as ProblemCode[];
const TEMPORARY = CODES.filter((code) => PROBLEM_KINDS[code].retryable);
const FINAL = CODES.filter((code) => !PROBLEM_KINDS[code].retryable);

describe("given an outage of SES, SNS, Stripe or DynamoDB", () => {
  it("of any length up to a day, no message goes to the dead-letter queue, and all are applied half an hour after its end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 24 * HOUR }),
        fc.constantFrom(...TEMPORARY),
        fc.integer({ min: 1, max: 12 }),
        async (lasts, code, messages) => {
          movableClock();
          const endsAt = Date.now() + lasts;
          const bodies = Array.from({ length: messages }, (_, i) => `event ${i}`);
          const { deadLetters, endedAt, deliveries } = await whenQueueIsConsumed(
            bodies,
            MOST_DELIVERIES,
            (failedMessages) =>
              queueHandler(
                "charge",
                async () => {
                  if (Date.now() < endsAt) throw new Problem(code, "the service is down");
                },
                failedMessages,
              ),
          );
          jest.useRealTimers();
          expect(deadLetters).toEqual([]);
          expect(Object.keys(endedAt)).toHaveLength(messages);
          for (const at of Object.values(endedAt)) expect(at - endsAt).toBeLessThanOrEqual(31 * MINUTE);
          // It is not asked more often than 10 times and then four times in an hour.
          for (const count of Object.values(deliveries)) expect(count).toBeLessThan(12 + (4 * lasts) / HOUR);
        },
      ),
      { numRuns: tries({ sample: 8, whole: 20 }) },
    );
  });

  it("that never ends, each message is in the dead-letter queue after one and a half to three days", async () => {
    movableClock();
    const startedAt = Date.now();
    const { deadLetters, endedAt } = await whenQueueIsConsumed(["event"], MOST_DELIVERIES, (failedMessages) =>
      queueHandler(
        "charge",
        async () => {
          throw new Problem("SERVICE_UNAVAILABLE", "the service is down");
        },
        failedMessages,
      ),
    );
    expect(deadLetters).toEqual(["event"]);
    const hours = ((endedAt.event ?? 0) - startedAt) / HOUR;
    expect(hours).toBeGreaterThan(36);
    expect(hours).toBeLessThan(72);
  });
});

describe("given a message that fails for a reason that time cannot change", () => {
  it.each(FINAL)(
    "%s: it is in the dead-letter queue after five deliveries, within ten minutes",
    async (code) => {
      movableClock();
      const startedAt = Date.now();
      const { deliveries, deadLetters, endedAt } = await whenQueueIsConsumed(
        ["poison", "good"],
        MOST_DELIVERIES,
        (failedMessages) =>
          queueHandler(
            "charge",
            async ({ body }) => {
              if (body === "poison") throw new Problem(code, "can never be applied");
            },
            failedMessages,
          ),
      );
      expect(deadLetters).toEqual(["poison"]);
      expect(deliveries).toEqual({ good: 1, poison: POISON_DELIVERIES });
      expect((endedAt.poison ?? 0) - startedAt).toBeLessThanOrEqual(10 * MINUTE);
    },
  );

  it("while SQS refuses the copy for the dead-letter queue, the message stays in its queue", async () => {
    movableClock();
    let refusals = 3;
    const { deliveries, deadLetters } = await whenQueueIsConsumed(
      ["poison"],
      MOST_DELIVERIES,
      (failedMessages) =>
        queueHandler(
          "charge",
          async () => {
            throw new Error("cannot be read");
          },
          {
            ...failedMessages,
            setAside: async (record) => {
              refusals -= 1;
              if (refusals >= 0) throw new Problem("SERVICE_UNAVAILABLE", "SQS did not accept the message");
              await failedMessages.setAside(record);
            },
          },
        ),
    );
    expect({ deliveries, deadLetters }).toEqual({
      deliveries: { poison: POISON_DELIVERIES + 3 },
      deadLetters: ["poison"],
    });
  });
});

describe("the delay after a failure that can pass", () => {
  const down = new Problem("SERVICE_UNAVAILABLE", "down");

  it("is 2.5 to 5 seconds first, doubles, and is never longer than the reconciler waits for an unfinished event", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MOST_DELIVERIES }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, random) => {
          const next = redelivery(down, n, random);
          const longest = Math.min(LONGEST_DELAY_SECONDS, 5 * 2 ** (n - 1));
          if (next.kind !== "later") throw new Error(next.kind);
          expect(next.seconds).toBeGreaterThanOrEqual(longest / 2);
          expect(next.seconds).toBeLessThanOrEqual(longest);
          expect(next.seconds * 1000).toBeLessThan(LOST_AFTER_MS);
        },
      ),
    );
  });

  it("is at least as long as the service asks for", () => {
    const limited = new Problem("RATE_LIMITED", "slow down", { retryAfterSeconds: 60 });
    expect(redelivery(limited, 1, 0)).toEqual({ kind: "later", seconds: 60 });
  });

  it("applies to work in progress, which is a conflict with an end", () => {
    const busy = new Problem("CONFLICT", "in progress", { retryAfterSeconds: 1 });
    expect(redelivery(busy, 20, 1).kind).toBe("later");
  });
});
