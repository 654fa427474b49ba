import { consumeUsage } from "../../lib/metering/consume-usage.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler("usage", consumeUsage);
