import { ignoringConsumer } from "../../lib/events/ignore.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler("unrouted", ignoringConsumer);
