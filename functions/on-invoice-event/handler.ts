import { mails } from "../../generated/mails.ts";
import { sendAutomaticMails } from "../../lib/automatic-mails/send-automatic-mails.ts";
import { eventConsumer } from "../../lib/events/consume.ts";
import { followPayments } from "../../lib/failed-payments/follow-payments.ts";
import { notifyApplication } from "../../lib/notifications/notify-application.ts";
import { refundLatePayment } from "../../lib/subscriptions/refund-late-payment.ts";
import { queueHandler } from "../../lib/transport/queue.ts";
import { endWaits } from "../../lib/waits/end-waits.ts";

// Notifications last: if a refund or a mail must be tried again, the whole event is, and the application would be notified twice.
export const handler = queueHandler(
  "invoice",
  eventConsumer("invoice", [
    endWaits,
    refundLatePayment,
    followPayments(mails),
    sendAutomaticMails(mails),
    notifyApplication,
  ]),
);
