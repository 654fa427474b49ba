/**
 * The reconciler: compares Stripe's list of events with the inbox, and queues the events that the inbox lacks. It saves
 * its place after every page, once the page's missing events are in their queues. So a run can end or crash anywhere,
 * and the next one continues from there.
 */
import { present } from "../present.ts";
import { type Fields, fieldsOf, isRecord, numberOf, textOf } from "../untrusted.ts";
import type { EventPage, EventRange, ListEvents } from "./list-events.ts";
import { enqueueMissing, findMissing } from "./missing.ts";
import { afterPage, type Pass, type Progress, passAt } from "./pass.ts";
import type { HeldTask } from "./progress.ts";

/** What a run did; counted as it goes, so that the counts of a failed run are known too. */
export interface RunCounts {
  pages: number;
  listed: number;
  /** Listed events that Stripe had not delivered to every endpoint. */
  undelivered: number;
  missing: number;
  enqueued: number;
  /** True when the pass is complete: all events up to its end were compared. */
  complete: boolean;
  /** Seconds from the cursor to now; left out before the first pass is complete. */
  lagSeconds?: number;
}

export interface ReconcilerRun {
  readonly list: ListEvents;
  /** UTC now. */
  readonly now: () => Date;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
}

export const noCounts = (): RunCounts => ({
  pages: 0,
  listed: 0,
  undelivered: 0,
  missing: 0,
  enqueued: 0,
  complete: false,
});

/**
 * Continues from the place of `task` to the end of the pass, or until time runs out. Throws the problem of Stripe,
 * DynamoDB or SQS.
 */
export async function reconcileEvents(task: HeldTask, run: ReconcilerRun, counts: RunCounts): Promise<void> {
  let progress = progressFrom(task.progress);
  noteLag(counts, progress, run.now());
  let pass: Pass | undefined = passAt(progress, run.now());
  while (pass !== undefined && run.hasTime()) {
    const page = await run.list(rangeOf(pass), pass.after);
    const missing = await findMissing(page.events, run.now());
    count(counts, pass, page, missing.length);
    await enqueueMissing(missing, run.now());
    counts.enqueued += missing.length;
    progress = afterPage(progress, pass, page.next);
    await task.save(progress);
    pass = progress.pass;
  }
  counts.complete = pass === undefined;
  noteLag(counts, progress, run.now());
}

function rangeOf({ from, until, part }: Pass): EventRange {
  return { from, until, undelivered: part === "undelivered" };
}

function count(counts: RunCounts, { part }: Pass, { events }: EventPage, missing: number): void {
  counts.pages += 1;
  counts.listed += events.length;
  if (part === "undelivered") counts.undelivered += events.length;
  counts.missing += missing;
}

function noteLag(counts: RunCounts, { cursor }: Progress, now: Date): void {
  if (cursor !== undefined) counts.lagSeconds = Math.floor(now.getTime() / 1000) - cursor;
}

/** Reads what an earlier run saved: our own data, so only its shape is checked. */
function progressFrom(saved: unknown): Progress {
  const { cursor, pass } = fieldsOf(saved);
  return present({ cursor: numberOf(cursor), pass: isRecord(pass) ? passFrom(pass) : undefined });
}

function passFrom({ from, until, part, after, startedAt }: Fields): Pass {
  return {
    from: Number(from),
    until: Number(until),
    part: part === "all" ? "all" : "undelivered",
    ...present({ after: textOf(after) }),
    startedAt: Number(startedAt),
  };
}
