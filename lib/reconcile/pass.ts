/**
 * The reconciler's progress. Every event is looked at twice, by two passes that follow each other through Stripe's list:
 *
 *   ──── settled ────────────── cursor ───── now ──>
 *            └ settled look: two hours old     └ recent look: five minutes old
 *
 * The recent look finds what never arrived: first among the events that Stripe could not deliver, then among all. The settled
 * look finds what appeared in the list late, and what was lost after it was found in the inbox. So the number of pages grows
 * with the number of events, and never with the age of the list. Pure.
 */
import { present } from "../present.ts";
import { type Lane, laneOf, withoutCursor } from "./lanes.ts";
import { STRIPE_KEEPS_MS } from "./list-events.ts";

export type Look = "recent" | "settled";

export interface Pass {
  readonly look: Look;
  /** Unix seconds, both included. */
  readonly from: number;
  readonly until: number;
  /** First the events that Stripe could not deliver, then all events. The settled look has the second part only. */
  readonly part: "undelivered" | "all";
  /** What is left to read of the part. */
  readonly lanes: readonly Lane[];
  /** When it began, or was last continued after a long time. Unix seconds. */
  readonly startedAt: number;
}

export interface Progress {
  /** The end of the last complete recent look: all events before it were compared. Unix seconds. */
  readonly cursor?: number;
  /** The end of the last complete settled look. Unix seconds. */
  readonly settled?: number;
  /** The current pass. */
  readonly pass?: Pass;
}

/** Far longer than `LOST_AFTER_MS`, so that an event that was lost on its way after the recent look counts as lost. */
export const SETTLED_SECONDS = 2 * 60 * 60;
/** More recent events are still on their way; they are left to the webhook. */
export const GRACE_SECONDS = 5 * 60;
/** How far the very first pass goes back: Stripe itself retries a delivery for this long. */
export const FIRST_SECONDS = 3 * 24 * 60 * 60;
/** The settled look is in no hurry: a shorter range is not worth its page. */
const SHORTEST_SETTLED_SECONDS = 10 * 60;
/** After this long, Stripe may no longer have the events that the lanes stopped at. */
const CURSORS_LAST_SECONDS = 24 * 60 * 60;

/** The pass of this look that is due; undefined if nothing is to be read. */
export function passAt({ cursor, settled }: Progress, look: Look, now: Date): Pass | undefined {
  const seconds = toSeconds(now);
  if (look === "recent") {
    const from = cursor ?? seconds - FIRST_SECONDS;
    return passOf(look, "undelivered", from, seconds - GRACE_SECONDS, seconds);
  }
  if (cursor === undefined) return undefined;
  const from = settled ?? cursor - SETTLED_SECONDS;
  const until = Math.min(cursor, seconds - SETTLED_SECONDS);
  return until - from < SHORTEST_SETTLED_SECONDS ? undefined : passOf(look, "all", from, until, seconds);
}

function passOf(
  look: Look,
  part: Pass["part"],
  from: number,
  until: number,
  startedAt: number,
): Pass | undefined {
  const begin = Math.max(from, oldestAt(startedAt));
  if (begin > until) return undefined;
  return { look, from: begin, until, part, lanes: [laneOf(begin, until)], startedAt };
}

/** A pass that an earlier run did not complete, without what Stripe no longer lists. */
export function continued(pass: Pass, now: Date): Pass {
  const seconds = toSeconds(now);
  const isOld = pass.startedAt <= seconds - CURSORS_LAST_SECONDS;
  const lanes = pass.lanes
    .map((lane) => ({
      ...(isOld ? withoutCursor(lane) : lane),
      from: Math.max(lane.from, oldestAt(seconds)),
    }))
    .filter(({ from, until }) => from <= until);
  return { ...pass, lanes, startedAt: isOld ? seconds : pass.startedAt };
}

/** The progress once the lanes of the pass's part are read: the pass's next part, or its end. A cursor never moves back. */
export function afterPart(progress: Progress, pass: Pass): Progress {
  const { cursor, settled } = progress;
  const { look, part, from, until, startedAt } = pass;
  if (part === "undelivered")
    return { ...present({ cursor, settled }), pass: { ...pass, part: "all", lanes: [laneOf(from, until)] } };
  if (look === "settled") return { ...present({ cursor }), settled: Math.max(settled ?? 0, until) };
  return {
    cursor: Math.max(cursor ?? 0, until),
    // The first recent look begins far back. What it found settled is not looked at again.
    settled: settled ?? (cursor ?? startedAt) - SETTLED_SECONDS,
  };
}

const toSeconds = (now: Date) => Math.floor(now.getTime() / 1000);
const oldestAt = (seconds: number) => seconds - Math.floor(STRIPE_KEEPS_MS / 1000);
