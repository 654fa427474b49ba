/** Turns a decision into the problem that a denied caller reads. Pure. */
import { Problem } from "../errors.ts";
import { secondsToNextMinute } from "../utc-windows.ts";
import type { Decision } from "./policy.ts";

/**
 * RATE_LIMITED, with the seconds until the next minute, for a denial by calls a minute; FORBIDDEN for every other. Both
 * give the rule's reason and the input fields that it is about.
 */
export function denial({ reason, issues, exceeded }: Decision, now: Date): Problem {
  return exceeded.includes("callsThisMinute")
    ? new Problem("RATE_LIMITED", reason, { issues, retryAfterSeconds: secondsToNextMinute(now) })
    : new Problem("FORBIDDEN", reason, { issues });
}
