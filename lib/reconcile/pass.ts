/**
 * How far the reconciler is: which part of Stripe's list its present pass covers, and where it is in it. Pure.
 *
 *   cursor ──────────── until       A pass covers what was created in between, and reaches back over the cursor:
 *      └ from = cursor - OVERLAP    an event may appear in the list late, or get lost after it was found in the inbox.
 */
import { present } from "../present.ts";
import { STRIPE_KEEPS_MS } from "./list-events.ts";

export interface Pass {
  /** Unix seconds, both included. */
  readonly from: number;
  readonly until: number;
  /** First the events that Stripe could not deliver, then all. */
  readonly part: "undelivered" | "all";
  /** The last event of the page that was done last; left out at the beginning of a part. */
  readonly after?: string;
  /** Unix seconds. */
  readonly startedAt: number;
}

export interface Progress {
  /** Everything before was compared: the end of the last pass that was completed. Unix seconds. */
  readonly cursor?: number;
  /** The pass under way. */
  readonly pass?: Pass;
}

/** Longer than `LOST_AFTER_MS` by far, so that an event that was lost on its way is seen again. */
export const OVERLAP_SECONDS = 3 * 60 * 60;
/** What happened just now is on its way; it is left to the webhook. */
export const GRACE_SECONDS = 5 * 60;
/** How far the first pass of all goes back: so long Stripe itself tries to deliver. */
export const FIRST_SECONDS = 3 * 24 * 60 * 60;
/** A pass that is not through by then is begun anew: Stripe may no longer know the event that it stopped at. */
const MAX_PASS_SECONDS = 24 * 60 * 60;

/** The pass to go on with, or the next one. */
export function passAt({ cursor, pass }: Progress, now: Date): Pass {
  const seconds = Math.floor(now.getTime() / 1000);
  if (pass !== undefined && pass.startedAt > seconds - MAX_PASS_SECONDS) return pass;
  const from = cursor === undefined ? seconds - FIRST_SECONDS : cursor - OVERLAP_SECONDS;
  return {
    from: Math.max(from, seconds - Math.floor(STRIPE_KEEPS_MS / 1000)),
    until: seconds - GRACE_SECONDS,
    part: "undelivered",
    startedAt: seconds,
  };
}

/**
 * The progress after a page of `pass` was done; `next` is the page's. The cursor moves when nothing is left, and never
 * back.
 */
export function afterPage({ cursor }: Progress, pass: Pass, next: string | undefined): Progress {
  const { after: _done, ...part } = pass;
  if (next !== undefined) return { ...present({ cursor }), pass: { ...part, after: next } };
  if (pass.part === "undelivered") return { ...present({ cursor }), pass: { ...part, part: "all" } };
  return { cursor: Math.max(cursor ?? 0, pass.until) };
}
