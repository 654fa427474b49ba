/** Runs the functions that have a schedule, as EventBridge does, by the stack's clock. */
import { randomUUID } from "node:crypto";
import type { StackClock } from "./clock.ts";
import type { InvokeFunction } from "./lambda/invocation.ts";
import { LOCAL_ACCOUNT_ID } from "./local-credentials.ts";
import { nextDueOf } from "./schedule-times.ts";

export interface Schedule {
  readonly functionName: string;
  /** `rate(...)` or `cron(...)` */
  readonly expression: string;
  /** The event, in place of EventBridge's own. */
  readonly input?: unknown;
}

export interface RunningSchedules {
  /**
   * The due times (unix milliseconds) of all schedules after `from` and until `to`, in order. A schedule has at most
   * MAX_RUNS of them; in a longer period, only every second, third, ... due time counts, and the last one.
   */
  dueBetween(from: number, to: number): number[];
  /** Runs what is due at the clock's time, and waits for it. Returns whether anything was due. */
  runDue(): Promise<boolean>;
  /** Suspends the schedules' own timer, so that only `runDue` runs them; returns what resumes it. */
  suspend(): () => void;
  stop(): Promise<void>;
}

/** The most runs of one schedule while the clock is moved once: a day in steps of an hour. */
export const MAX_RUNS = 24;
const CHECK_MS = 500;

export function runSchedules(options: {
  readonly schedules: readonly Schedule[];
  readonly clock: StackClock;
  readonly region: string;
  readonly invoke: InvokeFunction;
}): RunningSchedules {
  const { clock, region, invoke } = options;
  const entries = options.schedules.map((schedule) => {
    const nextDue = nextDueOf(schedule.expression);
    return { schedule, nextDue, planned: [] as number[], next: nextDue(clock.now().getTime()) };
  });
  let suspended = 0;

  async function run({ functionName, input }: Schedule, due: number): Promise<void> {
    // The runtime prints why an invocation failed; the next due time is the next try.
    await invoke(functionName, input ?? scheduledEvent(functionName, due, region));
  }

  async function runDue(): Promise<boolean> {
    const now = clock.now().getTime();
    const due = entries.filter(({ next }) => next !== undefined && next <= now);
    await Promise.all(
      due.map((entry) => {
        const { schedule, next = now } = entry;
        entry.planned = entry.planned.filter((time) => time > now);
        const [planned] = entry.planned;
        entry.next = planned ?? entry.nextDue(now);
        return run(schedule, next);
      }),
    );
    return due.length > 0;
  }

  const timer = setInterval(() => {
    if (suspended === 0) void runDue();
  }, CHECK_MS).unref();

  return {
    runDue,
    dueBetween: (from, to) => {
      for (const entry of entries) {
        entry.planned = thinned(allDue(entry.nextDue, from, to));
        entry.next = entry.planned[0] ?? entry.nextDue(to);
      }
      return [...new Set(entries.flatMap(({ planned }) => planned))].sort((a, b) => a - b);
    },
    suspend: () => {
      suspended += 1;
      return () => {
        suspended -= 1;
      };
    },
    stop: async () => clearInterval(timer),
  };
}

function allDue(nextDue: (after: number) => number | undefined, from: number, to: number): number[] {
  const times: number[] = [];
  for (let due = nextDue(from); due !== undefined && due <= to; due = nextDue(due)) times.push(due);
  return times;
}

function thinned(times: readonly number[]): number[] {
  const step = Math.ceil(times.length / MAX_RUNS);
  return times.filter((_, index) => (times.length - 1 - index) % step === 0);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function scheduledEvent(functionName: string, due: number, region: string): object {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: LOCAL_ACCOUNT_ID,
    time: new Date(due).toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: [`arn:aws:events:${region}:${LOCAL_ACCOUNT_ID}:rule/${functionName}`],
    detail: {},
  };
}
