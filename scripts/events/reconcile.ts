/**
 * `npm run events -- reconcile`: runs a pass of the reconciler immediately. The pass has its own range and does not
 * change the progress of the scheduled reconciler.
 */
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { enqueueMissing, findMissing } from "../../lib/reconcile/missing.ts";
import { FIRST_SECONDS } from "../../lib/reconcile/pass.ts";
import type { Verdict } from "../command-line/command.ts";
import { loadProject } from "../generate/load-project.ts";
import type { EventsAsked } from "./command.ts";
import { counted, nameOf, timeOf } from "./shown.ts";
import { eventPages } from "./stripe-events.ts";

type ReconcileAsked = Extract<EventsAsked, { action: "reconcile" }>;

/** Short, because an operator waits for it. */
const GRACE_SECONDS = 60;

/** "nothing wrong" when nothing is missing, or the missing events were queued. */
export async function reconcileNow({ since, dryRun }: ReconcileAsked, now: Date): Promise<Verdict> {
  const seconds = Math.floor(now.getTime() / 1000);
  const range = {
    from: since === undefined ? seconds - FIRST_SECONDS : Math.floor(since.getTime() / 1000),
    until: seconds - GRACE_SECONDS,
  };
  const awaited = awaitedEvents(loadProject().workflows);
  let listed = 0;
  let missing = 0;
  for await (const events of eventPages(range)) {
    const lacking = await findMissing(events, awaited, now);
    if (!dryRun) await enqueueMissing(lacking, now);
    for (const { queued, item } of lacking) {
      const found = item === undefined ? "missing" : `lost while ${item.state}`;
      console.log(`${nameOf(queued)}: ${found}${dryRun ? "" : ", queued"}`);
    }
    listed += events.length;
    missing += lacking.length;
  }
  const compared = `${counted(listed, "event")} from ${timeOf(range.from)} to ${timeOf(range.until)} UTC compared`;
  const queued = dryRun || missing === 0 ? "" : ", now queued";
  console.log(`${missing === 0 ? "" : "\n"}${compared}: ${missing} missing${queued}.`);
  return missing === 0 || !dryRun ? "nothing wrong" : "something wrong";
}
