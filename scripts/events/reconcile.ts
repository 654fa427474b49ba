/**
 * `npm run events -- reconcile`: runs a pass of the reconciler immediately. The pass has its own range and does not
 * change the progress of the scheduled reconciler.
 */
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { enqueueMissing, findMissing, type MissingEvent } from "../../lib/reconcile/missing.ts";
import { FIRST_SECONDS } from "../../lib/reconcile/pass.ts";
import type { Verdict } from "../command-line/command.ts";
import { loadProject } from "../generate/load-project.ts";
import type { EventsAsked } from "./command.ts";
import { counted, nameOf, timeOf } from "./shown.ts";
import { eventPages } from "./stripe-events.ts";

type ReconcileAsked = Extract<EventsAsked, { action: "reconcile" }>;

/** Short, because an operator waits for it. */
const GRACE_SECONDS = 60;

export interface Compared {
  /** Unix seconds, both included. */
  readonly from: number;
  readonly until: number;
  /** How many events Stripe has in this time. */
  readonly listed: number;
  readonly missing: readonly MissingEvent[];
}

/**
 * Finds the events since then that Stripe has and the inbox lacks, and queues them unless it is a dry run. `note` is told of each at
 * once: what was queued is known even if the rest fails.
 */
export async function compareWithStripe(
  { since, dryRun }: Omit<ReconcileAsked, "action">,
  now: Date,
  note: (missing: MissingEvent) => void = () => {},
): Promise<Compared> {
  const seconds = Math.floor(now.getTime() / 1000);
  const range = {
    from: since === undefined ? seconds - FIRST_SECONDS : Math.floor(since.getTime() / 1000),
    until: seconds - GRACE_SECONDS,
  };
  const awaited = awaitedEvents(loadProject().workflows);
  let listed = 0;
  const missing: MissingEvent[] = [];
  for await (const events of eventPages(range)) {
    const lacking = await findMissing(events, awaited, now);
    if (!dryRun) await enqueueMissing(lacking, now);
    for (const event of lacking) note(event);
    listed += events.length;
    missing.push(...lacking);
  }
  return { ...range, listed, missing };
}

/** "nothing wrong" when nothing is missing, or the missing events were queued. */
export async function reconcileNow(asked: ReconcileAsked, now: Date): Promise<Verdict> {
  const { dryRun } = asked;
  const print = (event: MissingEvent) =>
    console.log(`${nameOf(event.queued)}: ${lackOf(event)}${dryRun ? "" : ", queued"}`);
  const { from, until, listed, missing } = await compareWithStripe(asked, now, print);
  const compared = `${counted(listed, "event")} from ${timeOf(from)} to ${timeOf(until)} UTC compared`;
  const queued = dryRun || missing.length === 0 ? "" : ", now queued";
  console.log(`${missing.length === 0 ? "" : "\n"}${compared}: ${missing.length} missing${queued}.`);
  return missing.length === 0 || !dryRun ? "nothing wrong" : "something wrong";
}

/** `missing`, or `lost while queued`. */
export function lackOf({ item }: MissingEvent): string {
  return item === undefined ? "missing" : `lost while ${item.state}`;
}
