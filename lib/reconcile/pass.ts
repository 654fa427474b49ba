/**
 * The reconciler's progress: which part of Stripe's list the current pass covers, and how far it has come. Pure.
 *
 *   cursor ──────────── until       A pass covers the events created in between, and starts before the cursor:
 *      └ from = cursor - OVERLAP    an event can appear in the list late, or get lost after it was found in the inbox.
 */
import { present } from "../present.ts";
import { STRIPE_KEEPS_MS } from "./list-events.ts";

export interface Pass {
  /** Unix seconds, both included. */
  readonly from: number;
  readonly until: number;
  /** First the events that Stripe could not deliver, then all events. */
  readonly part: "undelivered" | "all";
  /** The last event of the last completed page; left out at the beginning of a part. */
  readonly after?: string;
  /** Unix seconds. */
  readonly startedAt: number;
}

export interface Progress {
  /** The end of the last completed pass: all events before it were compared. Unix seconds. */
  readonly cursor?: number;
  /** The current pass. */
  readonly pass?: Pass;
}

/** Far longer than `LOST_AFTER_MS`, so that an event that was lost on its way is seen again. */
export const OVERLAP_SECONDS = 3 * 60 * 60;
/** More recent events are still on their way; they are left to the webhook. */
export const GRACE_SECONDS = 5 * 60;
/** How far the very first pass goes back: Stripe itself retries a delivery for this long. */
export const FIRST_SECONDS = 3 * 24 * 60 * 60;
/** A pass that takes longer starts again: Stripe may no longer have the event that it stopped at. */
const MAX_PASS_SECONDS = 24 * 60 * 60;

/** The current pass, or the next one. */
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
 * The progress after a page of `pass`; `next` is that page's. The cursor moves at the end of a pass, and never back.
 */
export function afterPage({ cursor }: Progress, pass: Pass, next: string | undefined): Progress {
  const { after: _done, ...part } = pass;
  if (next !== undefined) return { ...present({ cursor }), pass: { ...part, after: next } };
  if (pass.part === "undelivered") return { ...present({ cursor }), pass: { ...part, part: "all" } };
  return { cursor: Math.max(cursor ?? 0, pass.until) };
}
