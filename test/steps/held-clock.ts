/** A clock that stops until the test moves it. Timers run as usual. */
import { jest } from "@jest/globals";

const TIMERS = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

/** Stops the clock at `milliseconds` (Unix time). */
export function holdClock(milliseconds = Date.now()): void {
  jest.useFakeTimers({ now: milliseconds, doNotFake: [...TIMERS] });
}

export function passTime(milliseconds: number): void {
  jest.advanceTimersByTime(milliseconds);
}

export function releaseClock(): void {
  jest.useRealTimers();
}
