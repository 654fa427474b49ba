import { eventConsumer } from "../../lib/events/consume.ts";
import { notifyApplication } from "../../lib/notifications/notify-application.ts";
import { queueHandler } from "../../lib/transport/queue.ts";
import { endWaits } from "../../lib/waits/end-waits.ts";

export const handler = queueHandler("charge", eventConsumer("charge", [endWaits, notifyApplication]));
