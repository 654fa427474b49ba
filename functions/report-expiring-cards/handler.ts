import { mails } from "../../generated/mails.ts";
import { mailExpiringCard } from "../../lib/automatic-mails/mail-expiring-card.ts";
import { expiryDays } from "../../lib/expiring-cards/expiry-days.ts";
import { notifyOfExpiringCard } from "../../lib/expiring-cards/notify-of-expiring-card.ts";
import { reportExpiringCards } from "../../lib/expiring-cards/report-expiring-cards.ts";
import { holdTask } from "../../lib/reconcile/progress.ts";
import { scheduleHandler } from "../../lib/transport/schedule.ts";

export const handler = scheduleHandler("expiring-cards.reported", async (run) => {
  const days = expiryDays();
  const task = await holdTask("report-expiring-cards", run);
  if (task === undefined) return run.report({ skipped: true });
  try {
    run.report({
      ...(await reportExpiringCards(task, run, [mailExpiringCard(mails), notifyOfExpiringCard], { days })),
    });
  } finally {
    await task.release();
  }
});
