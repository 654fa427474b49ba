/** How an event gets into the queue of its topic, whoever has it: the webhook, the reconciler, an operator. */

import { sendToQueue } from "../aws/sqs.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { topicOfQueued } from "./route-event.ts";
import { type QueuedEvent, referenceTo } from "./stripe-event.ts";
import { queueUrlVariable, type Topic } from "./topics.ts";

export interface Enqueued {
  readonly topic: Topic;
  readonly messageId: string;
  /** True when SQS does not take the event as it is: the consumer fetches it from Stripe. */
  readonly byReference: boolean;
}

/**
 * Sends `body`, in which `queued` was read, to its topic's queue; a reference to the event where SQS does not take the
 * body. Throws SERVICE_UNAVAILABLE when SQS did not store it.
 */
export async function enqueueEvent(queued: QueuedEvent, body: string): Promise<Enqueued> {
  const topic = topicOfQueued(queued);
  const queueUrl = env(queueUrlVariable(topic));
  const asItCame = await sendToQueue(queueUrl, body);
  if (asItCame !== undefined) return { topic, messageId: asItCame, byReference: false };
  const messageId = await sendToQueue(queueUrl, referenceTo(queued.head));
  if (messageId === undefined) throw new Problem("SERVICE_UNAVAILABLE", "SQS did not accept a reference");
  return { topic, messageId, byReference: true };
}
