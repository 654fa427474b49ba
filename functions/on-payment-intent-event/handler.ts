import { mails } from "../../generated/mails.ts";
import { sendAutomaticMails } from "../../lib/automatic-mails/send-automatic-mails.ts";
import { eventConsumer } from "../../lib/events/consume.ts";
import { followPayments } from "../../lib/failed-payments/follow-payments.ts";
import { notifyApplication } from "../../lib/notifications/notify-application.ts";
import { queueHandler } from "../../lib/transport/queue.ts";
import { endWaits } from "../../lib/waits/end-waits.ts";

// Mails first: if a mail must be tried again, the whole event is, and the application would be notified twice.
export const handler = queueHandler(
  "payment-intent",
  eventConsumer("payment-intent", [
    endWaits,
    followPayments(mails),
    sendAutomaticMails(mails),
    notifyApplication,
  ]),
);
