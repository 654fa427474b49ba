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
   * `mostRuns` of them; if it has more, only one of two, three, ... due times counts, and the last one. Those are
   * times at which other schedules run, too, where there are such.
   */
  dueBetween(from: number, to: number): number[];
  /** Runs what is due at the clock's time, and waits for it. Returns whether anything was due. */
  runDue(): Promise<boolean>;
  /** Suspends the schedules' own timer, so that only `runDue` runs them; returns what resumes it. */
  suspend(): () => void;
  stop(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The most runs of one schedule while the clock is moved once: a day in steps of an hour, and a longer period in longer ones. */
export const mostRuns = (from: number, to: number): number => (to - from > DAY_MS ? 12 : 24);
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
      const due = entries.map((entry) => ({ entry, times: allDue(entry.nextDue, from, to) }));
      const stops = new Set<number>();
      // The schedules that run most often have the most times to choose from, so they choose last.
      for (const { entry, times } of due.sort((a, b) => a.times.length - b.times.length)) {
        entry.planned = thinned(times, stops, mostRuns(from, to));
        entry.next = entry.planned[0] ?? entry.nextDue(to);
        for (const time of entry.planned) stops.add(time);
      }
      return [...stops].sort((a, b) => a - b);
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

/** One of each step's times: one of the `stops`, at which the clock stops anyway, or the step's last. */
function thinned(times: readonly number[], stops: ReadonlySet<number>, most: number): number[] {
  const step = Math.ceil(times.length / most);
  const chosen: number[] = [];
  for (let end = times.length; end > 0; end -= step) {
    const ofStep = times.slice(Math.max(0, end - step), end);
    const shared = end === times.length ? undefined : ofStep.findLast((time) => stops.has(time));
    chosen.push(shared ?? ofStep.at(-1) ?? 0);
  }
  return chosen.reverse();
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
