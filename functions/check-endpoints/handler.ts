import { mails } from "../../generated/mails.ts";
import { checkEndpoints } from "../../lib/endpoints/check-endpoints.ts";
import { tellAdministrator } from "../../lib/endpoints/tell-administrator.ts";
import { holdTask } from "../../lib/reconcile/progress.ts";
import { scheduleHandler } from "../../lib/transport/schedule.ts";

/** The longest that a hundred deliveries take to be queued. */
const PAGE_MS = 20_000;

export const handler = scheduleHandler("endpoints.checked", async (run) => {
  const task = await holdTask("check-endpoints", run);
  if (task === undefined) return run.report({ skipped: true });
  const counts = { released: 0, told: 0 };
  try {
    const hasTime = () => run.now().getTime() + PAGE_MS < run.deadline;
    const tell = (endpoint: Parameters<typeof tellAdministrator>[0]) =>
      tellAdministrator(endpoint, mails, run);
    await checkEndpoints({ now: run.now, hasTime, tell }, counts);
  } finally {
    run.report({ ...counts });
    await task.release();
  }
});
