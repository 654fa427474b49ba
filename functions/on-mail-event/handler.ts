import { mails } from "../../generated/mails.ts";
import { mailReportConsumer } from "../../lib/mail-events/consume-mail-report.ts";
import { mailQueueHandler } from "../../lib/transport/queue.ts";

export const handler = mailQueueHandler(mailReportConsumer(mails));
