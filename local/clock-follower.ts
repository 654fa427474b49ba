/** The part of the stack in moving the clock: schedules run and queues are drained before time goes on. */
import type { ClockFollower } from "../stripe-emulator/index.ts";
import type { StackClock } from "./clock.ts";
import type { EventSource } from "./event-source.ts";
import type { RunningSchedules } from "./schedules.ts";

/** What delivers; empty until the functions run. */
export interface Delivery {
  readonly eventSource?: EventSource;
  readonly schedules?: RunningSchedules;
}

/** A consumer that hangs must not keep the clock from moving. */
const DRAINED_WITHIN_MS = 20_000;

export function clockFollower(clock: StackClock, delivery: Delivery): ClockFollower {
  let resume = () => {};
  const drained = () => delivery.eventSource?.drained(DRAINED_WITHIN_MS);
  return {
    begin: (from, to) => {
      resume = delivery.schedules?.suspend() ?? resume;
      const due = delivery.schedules?.dueBetween(from * 1_000, to * 1_000) ?? [];
      return due.map((milliseconds) => milliseconds / 1_000);
    },
    show: (offsetSeconds) => {
      clock.offsetMs = offsetSeconds * 1_000;
    },
    settle: async () => {
      await drained();
      if ((await delivery.schedules?.runDue()) === true) await drained();
    },
    end: () => {
      resume();
      resume = () => {};
    },
  };
}
