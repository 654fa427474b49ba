import { stripeReader } from "../../lib/events/resolve-event.ts";
import { log } from "../../lib/log.ts";
import { checkDrift } from "../../lib/reconcile/check-drift.ts";
import { holdTask } from "../../lib/reconcile/progress.ts";
import { subjectsAmong } from "../../lib/subject-ids.ts";
import { scheduleHandler } from "../../lib/transport/schedule.ts";

export const handler = scheduleHandler("drift.checked", async (run) => {
  const task = await holdTask("check-drift", run);
  if (task === undefined) return run.report({ skipped: true });
  try {
    const { checked, suspected, drifted } = await checkDrift(task, {
      read: stripeReader(run),
      now: run.now(),
    });
    for (const { objectId, objectType, fields, recordedStatus, stripeStatus } of drifted) {
      log("warn", {
        event: "drift.found",
        requestId: run.requestId,
        ...subjectsAmong(objectId),
        ...{ objectId, objectType, fields: fields.join(" "), recordedStatus, stripeStatus },
      });
    }
    run.report({ checked, suspected, drifted: drifted.length }, [
      { dimensions: ["stage"], values: { DriftFound: drifted.length } },
    ]);
  } finally {
    await task.release();
  }
});
