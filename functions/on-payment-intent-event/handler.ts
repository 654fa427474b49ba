import { projectionConsumer } from "../../lib/events/consume.ts";
import { paymentIntentState } from "../../lib/events/object-state.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler(projectionConsumer(paymentIntentState));
