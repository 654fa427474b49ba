/**
 * The part of the stack in moving the clock: schedules run, runs that wait for an event time out, and queues are drained before
 * time goes on.
 */
import type { ClockFollower } from "../stripe-emulator/index.ts";
import type { StackClock } from "./clock.ts";
import type { EventSource } from "./event-source.ts";
import type { RunningSchedules } from "./schedules.ts";
import type { TaskTokens } from "./step-functions/task-tokens.ts";

/** What delivers; empty until the functions run. */
export interface Delivery {
  readonly eventSource?: EventSource;
  readonly schedules?: RunningSchedules;
  /** The tokens of runs that wait. */
  readonly tokens?: TaskTokens;
}

/** A consumer that hangs must not keep the clock from moving. */
const DRAINED_WITHIN_MS = 20_000;

export function clockFollower(clock: StackClock, delivery: Delivery): ClockFollower {
  let resume = () => {};
  const drained = () => delivery.eventSource?.drained(DRAINED_WITHIN_MS);
  return {
    begin: (from, to) => {
      resume = delivery.schedules?.suspend() ?? resume;
      const due = [delivery.schedules, delivery.tokens].flatMap(
        (part) => part?.dueBetween(from * 1_000, to * 1_000) ?? [],
      );
      // The clock moves in whole seconds: a wait that ends within a second has ended at the next one.
      const seconds = due.map((milliseconds) => Math.min(to, Math.ceil(milliseconds / 1_000)));
      return [...new Set(seconds)].sort((a, b) => a - b);
    },
    show: (offsetSeconds) => {
      clock.offsetMs = offsetSeconds * 1_000;
    },
    settle: async () => {
      await drained();
      delivery.tokens?.endDue();
      if ((await delivery.schedules?.runDue()) === true) await drained();
    },
    end: () => {
      resume();
      resume = () => {};
    },
  };
}
