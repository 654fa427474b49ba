import { mails } from "../../generated/mails.ts";
import { followUpFailedPayments } from "../../lib/failed-payments/follow-up.ts";
import { scheduleHandler } from "../../lib/transport/schedule.ts";

export const handler = scheduleHandler("failed-payments.followed-up", async (run) => {
  run.report({ ...(await followUpFailedPayments(run, mails)) });
});
