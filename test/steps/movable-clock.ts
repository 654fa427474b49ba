/** A clock that tests move past leases and days, while timers and sockets work as usual. */
import { jest } from "@jest/globals";

/** Fakes only `Date`. `jest.useRealTimers()` ends it. */
export function movableClock(): { advance(milliseconds: number): void } {
  jest.useFakeTimers({
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
