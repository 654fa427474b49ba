import { awaitedEvents } from "../../generated/workflows/awaited-events.ts";
import { eventLister } from "../../lib/reconcile/list-events.ts";
import { holdTask } from "../../lib/reconcile/progress.ts";
import { noCounts, reconcileEvents } from "../../lib/reconcile/reconcile-events.ts";
import { scheduleHandler } from "../../lib/transport/schedule.ts";

/** The longest that one page can take, including sending its events to the queues: no page is begun with less left. */
const PAGE_MS = 30_000;

export const handler = scheduleHandler("reconciler.ran", async (run) => {
  const task = await holdTask("reconcile-events", run);
  if (task === undefined) return run.report({ skipped: true });
  const counts = noCounts();
  try {
    const list = eventLister(run);
    const hasTime = () => run.now().getTime() + PAGE_MS < run.deadline;
    await reconcileEvents(task, { list, now: run.now, hasTime, awaited: awaitedEvents }, counts);
  } finally {
    const { missing, lagSeconds } = counts;
    run.report({ ...counts }, [
      { dimensions: ["stage"], values: { EventsMissing: missing } },
      ...(lagSeconds === undefined
        ? []
        : [{ dimensions: ["stage"], values: { ReconcilerLagSeconds: lagSeconds } }]),
    ]);
    await task.release();
  }
});
