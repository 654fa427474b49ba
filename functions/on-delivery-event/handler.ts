import { deliver } from "../../lib/endpoints/deliver.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler("delivery", deliver);
