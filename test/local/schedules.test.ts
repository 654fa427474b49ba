import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { StackClock } from "../../local/clock.ts";
import { LocalStackError } from "../../local/ports.ts";
import { nextDueOf } from "../../local/schedule-times.ts";
import { mostRuns, runSchedules } from "../../local/schedules.ts";

const at = (text: string) => Date.parse(text);

describe("a schedule is due", () => {
  it.each([
    ["rate(15 minutes)", "2026-11-26T10:07:00Z", "2026-11-26T10:15:00Z"],
    ["rate(1 hour)", "2026-11-26T10:00:00Z", "2026-11-26T11:00:00Z"],
    ["rate(7 days)", "2026-11-26T10:00:00Z", "2026-12-03T00:00:00Z"],
    ["cron(0 8 * * ? *)", "2026-11-26T08:00:00Z", "2026-11-27T08:00:00Z"],
    ["cron(5/20 * * * ? *)", "2026-11-26T08:26:00Z", "2026-11-26T08:45:00Z"],
    ["cron(30 6 ? * MON-FRI *)", "2026-11-27T07:00:00Z", "2026-11-30T06:30:00Z"],
    ["cron(0 0 1 JAN,jul ? *)", "2026-11-26T08:00:00Z", "2027-01-01T00:00:00Z"],
    ["cron(0 0 29 2 ? 2028)", "2026-11-26T08:00:00Z", "2028-02-29T00:00:00Z"],
  ])("%s: after %s at %s", (expression, after, due) => {
    expect(new Date(nextDueOf(expression)(at(after)) ?? 0).toISOString()).toBe(new Date(due).toISOString());
  });

  it("never again when its year has passed", () => {
    expect(nextDueOf("cron(0 0 1 1 ? 2020)")(at("2026-11-26T08:00:00Z"))).toBeUndefined();
  });

  it.each([
    "rate(5 weeks)",
    "rate(0 hours)",
    "cron(0 8 * *)",
    "cron(0 25 * * ? *)",
    "cron(0 8 L * ? *)",
    "daily",
  ])("not at all by %s: the error names the schedule", (expression) => {
    expect(() => nextDueOf(expression)).toThrow(LocalStackError);
    expect(() => nextDueOf(expression)).toThrow(expression);
  });
});

describe("when the clock is moved", () => {
  const expressions = ["rate(15 minutes)", "rate(1 hour)", "rate(1 day)", "cron(30 6 * * ? *)"];

  it("each schedule runs at its due times and in the order of time, at most as often as is allowed", async () => {
    const period = fc.record({
      from: fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-01-01T00:00:00Z") }),
      seconds: fc.integer({ min: 1, max: 90 * 24 * 60 * 60 }),
    });
    await fc.assert(
      fc.asyncProperty(period, async ({ from, seconds }) => {
        const clock = new StackClock();
        const show = (time: number) => {
          clock.offsetMs = time - Date.now();
        };
        show(from);
        const runs: { expression: string; time: number }[] = [];
        const schedules = runSchedules({
          schedules: expressions.map((expression) => ({ functionName: expression, expression })),
          clock,
          region: "us-east-1",
          invoke: async (expression, event) => {
            const { time } = Object({ ...Object(event) });
            runs.push({ expression, time: Date.parse(time) });
            return { outcome: "answered", payload: null };
          },
        });
        const resume = schedules.suspend();
        const to = from + seconds * 1_000;
        for (const due of schedules.dueBetween(from, to)) {
          show(due);
          await schedules.runDue();
        }
        resume();
        await schedules.stop();

        expect(runs.map(({ time }) => time)).toEqual(runs.map(({ time }) => time).toSorted((a, b) => a - b));
        for (const expression of expressions) {
          const ofThis = runs.filter((run) => run.expression === expression);
          const isDue = nextDueOf(expression);
          expect(ofThis.length).toBeLessThanOrEqual(mostRuns(from, to));
          for (const { time } of ofThis) expect(isDue(time - 1)).toBe(time);
          const last = ofThis.at(-1)?.time;
          expect(isDue(last ?? from) ?? 0).toBeGreaterThan(to);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("schedules that run too often to run each time run together, so that the clock stops seldom", () => {
    const schedules = runSchedules({
      schedules: ["rate(5 minutes)", "rate(15 minutes)", "rate(1 hour)"].map((expression) => ({
        functionName: expression,
        expression,
      })),
      clock: new StackClock(),
      region: "us-east-1",
      invoke: async () => ({ outcome: "answered", payload: null }),
    });
    const days = fc.record({
      from: fc.integer({ min: 0, max: 2_000_000_000 }),
      days: fc.integer({ min: 2, max: 90 }),
    });
    fc.assert(
      fc.property(days, ({ from, days }) => {
        const [begin, end] = [from * 1_000, (from + days * 86_400) * 1_000];
        const due = schedules.dueBetween(begin, end);
        // Each schedule also runs at its own last due time.
        expect(due.length).toBeLessThanOrEqual(mostRuns(begin, end) + 2);
      }),
      { numRuns: 20 },
    );
  });
});
