/** How an event gets into its queue: from the webhook, the reconciler or an operator. */

import { sendToQueue } from "../aws/sqs.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { type EventQueue, queueUrlVariable } from "./event-queues.ts";
import { queueOfEvent } from "./route-event.ts";
import { type QueuedEvent, referenceTo } from "./stripe-event.ts";

export interface Enqueued {
  readonly queue: EventQueue;
  readonly messageId: string;
  /** True when SQS does not take the event as it is: the consumer fetches it from Stripe. */
  readonly byReference: boolean;
}

/**
 * Sends `body`, in which `queued` was read, to its queue; a reference to the event where SQS does not take the
 * body. Throws SERVICE_UNAVAILABLE when SQS did not store it.
 */
export async function enqueueEvent(queued: QueuedEvent, body: string): Promise<Enqueued> {
  const queue = queueOfEvent(queued);
  const queueUrl = env(queueUrlVariable(queue));
  const asItCame = await sendToQueue(queueUrl, body);
  if (asItCame !== undefined) return { queue, messageId: asItCame, byReference: false };
  const messageId = await sendToQueue(queueUrl, referenceTo(queued.head));
  if (messageId === undefined) throw new Problem("SERVICE_UNAVAILABLE", "SQS did not accept a reference");
  return { queue, messageId, byReference: true };
}
