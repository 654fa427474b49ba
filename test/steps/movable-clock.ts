/** A clock that tests move past leases and days, while timers and sockets work as usual. */
import { jest } from "@jest/globals";

/**
 * Fakes only `Date`, which stays at `startsAt` (Unix milliseconds) until the test moves it. `jest.useRealTimers()` ends
 * it.
 */
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
