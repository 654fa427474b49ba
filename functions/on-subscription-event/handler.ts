import { mails } from "../../generated/mails.ts";
import { sendAutomaticMails } from "../../lib/automatic-mails/send-automatic-mails.ts";
import { eventConsumer } from "../../lib/events/consume.ts";
import { notifyApplication } from "../../lib/notifications/notify-application.ts";
import { resolveDuplicates } from "../../lib/subscriptions/resolve-duplicates.ts";
import { queueHandler } from "../../lib/transport/queue.ts";
import { endWaits } from "../../lib/waits/end-waits.ts";

// Duplicates first: if one must be tried again, the whole event is, and the application would be notified twice.
export const handler = queueHandler(
  "subscription",
  eventConsumer("subscription", [endWaits, resolveDuplicates, sendAutomaticMails(mails), notifyApplication]),
);
