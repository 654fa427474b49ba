/** How an event gets into the queue of its topic, whoever has it: the webhook, the reconciler, an operator. */
import { env } from "../env.ts";
import { fitsQueue, sendToQueue } from "../sqs.ts";
import { topicOfQueued } from "./route-event.ts";
import { type QueuedEvent, referenceTo } from "./stripe-event.ts";
import { queueUrlVariable, type Topic } from "./topics.ts";

export interface Enqueued {
  readonly topic: Topic;
  readonly messageId: string;
  /** True when the event was too large for SQS: the consumer fetches it from Stripe. */
  readonly byReference: boolean;
}

/** Sends `body`, in which `queued` was read, to its topic's queue. Throws SERVICE_UNAVAILABLE when SQS did not store it. */
export async function enqueueEvent(queued: QueuedEvent, body: string): Promise<Enqueued> {
  const topic = topicOfQueued(queued);
  const byReference = queued.kind !== "reference" && !fitsQueue(body);
  const messageId = await sendToQueue(
    env(queueUrlVariable(topic)),
    byReference ? referenceTo(queued.head) : body,
  );
  return { topic, messageId, byReference };
}
