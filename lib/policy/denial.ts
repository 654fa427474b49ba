/** Turns a decision into the problem that a denied caller reads. Pure. */
import { Problem } from "../errors.ts";
import { secondsToNextDay, secondsToNextMinute, secondsToNextMonth } from "../utc-windows.ts";
import type { Decision, UsageName } from "./policy.ts";

/** Seconds until each counter starts again. */
const SECONDS_LEFT: Readonly<Record<UsageName, (now: Date) => number>> = {
  callsThisMinute: secondsToNextMinute,
  callsToday: secondsToNextDay,
  customerAmountToday: secondsToNextDay,
  principalAmountToday: secondsToNextDay,
  quantityToday: secondsToNextDay,
  quantityThisMonth: secondsToNextMonth,
};

/**
 * RATE_LIMITED, with the seconds until all its counters have started again, for a denial by a limit; FORBIDDEN for every
 * other. Both give the rule's reason and the input fields that it is about.
 */
export function denial({ reason, issues, exceeded }: Decision, now: Date): Problem {
  if (exceeded.length === 0) return new Problem("FORBIDDEN", reason, { issues });
  const retryAfterSeconds = Math.max(...exceeded.map((name) => SECONDS_LEFT[name](now)));
  return new Problem("RATE_LIMITED", reason, { issues, retryAfterSeconds });
}
