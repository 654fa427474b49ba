import { fanOut } from "../../lib/endpoints/fan-out.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler("notification", fanOut);
