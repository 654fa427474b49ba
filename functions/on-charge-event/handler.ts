import { mails } from "../../generated/mails.ts";
import { sendAutomaticMails } from "../../lib/automatic-mails/send-automatic-mails.ts";
import { eventConsumer } from "../../lib/events/consume.ts";
import { notifyApplication } from "../../lib/notifications/notify-application.ts";
import { queueHandler } from "../../lib/transport/queue.ts";
import { endWaits } from "../../lib/waits/end-waits.ts";

// Mails first: if a mail must be tried again, the whole event is, and the application would be notified twice.
export const handler = queueHandler(
  "charge",
  eventConsumer("charge", [endWaits, sendAutomaticMails(mails), notifyApplication]),
);
