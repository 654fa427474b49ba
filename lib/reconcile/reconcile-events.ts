/**
 * The reconciler: compares Stripe's list of events with the inbox, and queues the events that the inbox lacks. It reads
 * several pages at a time (lanes-in-progress.ts), and saves its place after every page, once the page's missing events are in their
 * queues. So a run can end or crash anywhere, and the next one continues from there.
 */

import { LanesInProgress } from "./lanes-in-progress.ts";
import type { ListEvents, ListedEvent } from "./list-events.ts";
import { enqueueMissing, findMissing } from "./missing.ts";
import { afterPart, continued, type Look, type Pass, type Progress, passAt } from "./pass.ts";
import type { HeldTask } from "./progress.ts";
import { progressFrom } from "./saved-progress.ts";

/**
 * How many pages are requested at once. At 0.4 s each, that is 15 a second: enough for 500 events a second, looked at twice,
 * and far below the 100 reads a second that Stripe allows. https://docs.stripe.com/rate-limits
 */
export const PAGES_AT_ONCE = 6;

/** What a run did; counted as it goes, so that the counts of a failed run are known too. */
export interface RunCounts {
  pages: number;
  listed: number;
  /** Listed events that Stripe had not delivered to every endpoint. */
  undelivered: number;
  missing: number;
  enqueued: number;
  /** True when both looks are complete: all events up to their ends were compared. */
  complete: boolean;
  /** Seconds from the cursor to now; left out before the first recent look is complete. */
  lagSeconds?: number;
}

export interface ReconcilerRun {
  readonly list: ListEvents;
  /** UTC now. */
  readonly now: () => Date;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
  /** The types that steps of workflows wait for. */
  readonly awaited: readonly string[];
  /** Queues those of the events that the inbox lacks, and counts them. */
  readonly compare?: (events: readonly ListedEvent[], counts: RunCounts, now: Date) => Promise<void>;
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
 * Completes the pass that an earlier run began, and then each look once, until time runs out. Throws the problem of Stripe,
 * DynamoDB or SQS.
 */
export async function reconcileEvents(task: HeldTask, run: ReconcilerRun, counts: RunCounts): Promise<void> {
  let progress = progressFrom(task.progress);
  noteLag(counts, progress, run.now());
  const looks: Look[] = ["recent", "settled"];
  const { pass: begun } = progress;
  let pass = begun && continued(begun, run.now());
  if (pass?.look === "settled") looks.reverse();
  while (pass !== undefined || looks.length > 0) {
    const due = looks.shift();
    pass ??= due && passAt(progress, due, run.now());
    while (pass !== undefined) {
      const left: Pass | undefined = await readPart(task, run, counts, progress, pass);
      if (left !== undefined) return;
      progress = afterPart(progress, pass);
      await task.save(progress);
      pass = progress.pass;
      noteLag(counts, progress, run.now());
    }
  }
  counts.complete = true;
}

/** Reads the lanes of the pass's part. Undefined once all are read; what is left of the pass if time has run out. */
async function readPart(
  task: HeldTask,
  run: ReconcilerRun,
  counts: RunCounts,
  progress: Progress,
  pass: Pass,
): Promise<Pass | undefined> {
  const lanes = new LanesInProgress(pass.lanes);
  let saved = Promise.resolve();
  const readPage = async (place: number): Promise<void> => {
    const { from, until, after } = lanes.at(place);
    const page = await run.list({ from, until, undelivered: pass.part === "undelivered" }, after);
    const events = lanes.receive(place, page);
    counts.pages += 1;
    counts.listed += events.length;
    if (pass.part === "undelivered") counts.undelivered += events.length;
    if (run.compare === undefined) await compareWithInbox(run.awaited, events, counts, run.now());
    else await run.compare(events, counts, run.now());
    lanes.advance(place, page);
    // One after another, so that an older place never replaces a newer one.
    saved = saved.then(() => task.save({ ...progress, pass: { ...pass, lanes: lanes.left() } }));
    await saved;
  };
  const reader = async (): Promise<void> => {
    for (;;) {
      const place = await lanes.take(run.hasTime);
      if (place === undefined) return;
      try {
        await readPage(place);
      } catch (thrown) {
        lanes.stop();
        throw thrown;
      } finally {
        lanes.giveBack(place);
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: PAGES_AT_ONCE }, reader));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  const left = lanes.left();
  return left.length === 0 ? undefined : { ...pass, lanes: left };
}

async function compareWithInbox(
  awaited: readonly string[],
  events: readonly ListedEvent[],
  counts: RunCounts,
  now: Date,
): Promise<void> {
  const missing = await findMissing(events, awaited, now);
  counts.missing += missing.length;
  await enqueueMissing(missing, now);
  counts.enqueued += missing.length;
}

function noteLag(counts: RunCounts, { cursor }: Progress, now: Date): void {
  if (cursor !== undefined) counts.lagSeconds = Math.floor(now.getTime() / 1000) - cursor;
}
