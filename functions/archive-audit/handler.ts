import { archiveDueDays } from "../../lib/audit/archive-due-days.ts";
import { log } from "../../lib/log.ts";
import { ONE_ALARM } from "../../lib/metrics.ts";
import { holdTask } from "../../lib/reconcile/progress.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { scheduleHandler } from "../../lib/transport/schedule.ts";

export const handler = scheduleHandler("audit.archived", async (run) => {
  const task = await holdTask("archive-audit", run);
  if (task === undefined) return run.report({ skipped: true });
  try {
    const { days, items, waiting, stoppedExpiry, problem } = await archiveDueDays(
      task,
      run,
      await appSecrets(),
    );
    run.report({ days, items, waiting }, [
      { dimensions: ["stage"], values: { AuditDaysNotArchived: waiting } },
    ]);
    if (stoppedExpiry) {
      log(
        "error",
        { event: "audit.expiry-stopped", requestId: run.requestId, alarm: "audit-expiry-stopped", waiting },
        ONE_ALARM,
      );
    }
    if (problem !== undefined) throw problem;
  } finally {
    await task.release();
  }
});
