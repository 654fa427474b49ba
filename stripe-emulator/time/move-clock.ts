import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { catchUp, nextDue } from "./catch-up.ts";

/**
 * Moves the clock forward in steps. Each step ends when something is due: a trial ends, a period is renewed, a payment is
 * tried again, or something outside the emulator (ClockFollower). What is due happens, its events are delivered, and only
 * then does the clock move on. So everything happens in the order of time, and at its time. Moves wait for each other.
 */
export function moveClock(emulator: Emulator, seconds: number): Promise<void> {
  return afterOtherMoves(emulator, () => moveInSteps(emulator, seconds));
}

/** Runs a move of a clock once those that were asked for before have ended. */
export function afterOtherMoves(emulator: Emulator, move: () => Promise<void>): Promise<void> {
  const moved = emulator.clockMoved.then(move);
  emulator.clockMoved = moved.catch(() => {});
  return moved;
}

async function moveInSteps(emulator: Emulator, seconds: number): Promise<void> {
  const { clock, options } = emulator;
  const endOffset = clock.offsetSeconds + seconds;
  const end = () => clock.now() + endOffset - clock.offsetSeconds;
  const dueElsewhere = options.clockFollower?.begin(clock.now(), end()) ?? [];
  try {
    for (;;) {
      const now = clock.now();
      const due = nextStep(emulator, dueElsewhere);
      if (due > end()) break;
      clock.advance(due - now);
      await pass(emulator);
    }
    clock.offsetSeconds = endOffset;
    await pass(emulator);
  } finally {
    options.clockFollower?.end();
  }
}

/** The next time in unix seconds at which something is due on the emulator's clock; Infinity if nothing is. */
export function nextStep(emulator: Emulator, dueElsewhere: readonly number[]): number {
  const now = emulator.clock.now();
  const next = [nextDue(contextFor(emulator), now), dueElsewhere.find((due) => due > now)];
  return Math.min(...next.filter((time) => time !== undefined));
}

/** Lets everything happen that is due at the time of the emulator's clock and of a test clock that is moved along with it. */
export async function pass(emulator: Emulator, testClock?: string): Promise<void> {
  const { clock, options, webhooks } = emulator;
  options.clockFollower?.show(clock.offsetSeconds);
  catchUp(contextFor(emulator));
  if (testClock !== undefined) catchUp(contextFor(emulator, undefined, [testClock]));
  webhooks.giveUp();
  await webhooks.settled();
  await options.clockFollower?.settle();
}
