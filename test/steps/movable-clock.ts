/** A clock that tests move past leases and days, while timers and sockets go on as they are. */
import { jest } from "@jest/globals";

/** Fakes `Date` alone; it stands still at `startsAt` (Unix milliseconds) until it is moved. `jest.useRealTimers()` ends it. */
export function movableClock(startsAt = Date.now()): { advance(milliseconds: number): void } {
  jest.useFakeTimers({
    now: startsAt,
    doNotFake: [
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
    ],
  });
  return { advance: (milliseconds) => void jest.setSystemTime(Date.now() + milliseconds) };
}
