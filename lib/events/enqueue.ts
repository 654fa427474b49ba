/** Puts an event into its queue, for the webhook, the reconciler or an operator. */

import { sendToQueue } from "../aws/sqs.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { type EventQueue, queueUrlVariable, type SignedQueue } from "./event-queues.ts";
import { signedAttributes } from "./message-mac.ts";
import { queueOfEvent } from "./route-event.ts";
import { type QueuedEvent, referenceTo } from "./stripe-event.ts";
import { withoutSecrets } from "./without-secrets.ts";

export interface Enqueued {
  readonly queue: EventQueue;
  readonly messageId: string;
  /**
   * True when SQS refuses the event's body: only a reference is queued, and the consumer fetches the event from Stripe.
   */
  readonly byReference: boolean;
}

/**
 * Sends `body`, from which `queued` was read, to its queue, or a reference to the event if SQS refuses the body. Throws
 * SERVICE_UNAVAILABLE if SQS did not store it, or if APP_SECRET cannot be read.
 */
export async function enqueueEvent(queued: QueuedEvent, body: string): Promise<Enqueued> {
  const queue = queueOfEvent(queued);
  const asItCame = await sendSigned(queue, body);
  if (asItCame !== undefined) return { queue, messageId: asItCame, byReference: false };
  const messageId = await sendSigned(queue, referenceTo(queued.head));
  if (messageId === undefined) throw new Problem("SERVICE_UNAVAILABLE", "SQS refused the reference too");
  return { queue, messageId, byReference: true };
}

/** Sends `given`, without client secrets and with its MAC. Returns the message's id; undefined if SQS does not accept this body. */
export async function sendSigned(queue: SignedQueue, given: string): Promise<string | undefined> {
  const body = withoutSecrets(given);
  const attributes = signedAttributes(queue, body, await appSecrets());
  return sendToQueue(env(queueUrlVariable(queue)), body, attributes);
}
