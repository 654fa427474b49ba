/** The queues that a payment passes through. No endpoint is created, so nothing is in the queue of the deliveries. */
import { EVENT_QUEUES, type SignedQueue } from "../../../lib/events/event-queues.ts";

export const COUNTED_QUEUES: readonly SignedQueue[] = [...EVENT_QUEUES, "notification"];
