/**
 * Goes through the dead-letter queues once. In SQS, the only way to look into a queue is to receive from it: received
 * messages are hidden from everybody else for a while, and made visible again at the end.
 */

import { deleteMessage, hideMessage, receiveMessages, type WaitingMessage } from "../../lib/aws/sqs.ts";
import { env } from "../../lib/env.ts";
import { deadLetterUrl, type EventQueue, queueUrlVariable } from "../../lib/events/event-queues.ts";
import { senderOf } from "../../lib/events/message-mac.ts";
import { type QueuedEvent, readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { present } from "../../lib/present.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";

export interface DeadLetter extends WaitingMessage {
  readonly queue: EventQueue;
  /** Not set when the message does not contain an event. */
  readonly queued?: QueuedEvent;
  /** Whether a function or command of this stage has sent it. If not, its consumer has refused it. */
  readonly isOurs: boolean;
}

/** The time until the messages of an aborted command are visible again. */
const HIDE_SECONDS = 300;

/**
 * Calls `visit` once with every message of the dead-letter queue of `queue`, and deletes a message when `visit` returns
 * "delete". Ends when the queue returns no more new messages.
 */
export async function visitDeadLetters(
  queue: EventQueue,
  visit: (letter: DeadLetter) => Promise<"keep" | "delete">,
): Promise<void> {
  const queueUrl = deadLetterUrl(env(queueUrlVariable(queue)));
  const kept = new Map<string, string>();
  try {
    for (;;) {
      const messages = await receiveMessages(queueUrl, HIDE_SECONDS);
      const unseen = messages.filter(({ messageId }) => !kept.has(messageId));
      for (const { messageId, receipt } of messages) kept.set(messageId, receipt);
      if (unseen.length === 0) return;
      const secrets = await appSecrets();
      for (const message of unseen) {
        if ((await visit(letterIn(queue, message, secrets))) === "keep") continue;
        await deleteMessage(queueUrl, message.receipt);
        kept.delete(message.messageId);
      }
    }
  } finally {
    for (const receipt of kept.values()) await hideMessage(queueUrl, receipt, 0);
  }
}

function letterIn(queue: EventQueue, message: WaitingMessage, secrets: readonly string[]): DeadLetter {
  const queued = readQueuedEvent(message.body);
  const isOurs = senderOf(queue, message, secrets) === "us";
  return { ...message, queue, isOurs, ...present({ queued }) };
}
