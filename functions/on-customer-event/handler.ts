import { followCustomer } from "../../lib/customers/follow-customer.ts";
import { eventConsumer } from "../../lib/events/consume.ts";
import { notifyApplication } from "../../lib/notifications/notify-application.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler(
  "customer",
  eventConsumer("customer", [followCustomer, notifyApplication]),
);
