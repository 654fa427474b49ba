import { projectionConsumer } from "../../lib/events/consume.ts";
import { subscriptionState } from "../../lib/events/object-state.ts";
import { queueHandler } from "../../lib/transport/queue.ts";

export const handler = queueHandler(projectionConsumer(subscriptionState));
