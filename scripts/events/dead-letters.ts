/**
 * The dead-letter queues, gone through once. SQS has no other way to look into a queue than to receive from it: what
 * was received is hidden from everybody else meanwhile, and is shown again at the end.
 */

import { deleteMessage, receiveMessages, showMessage, type WaitingMessage } from "../../lib/aws/sqs.ts";
import { env } from "../../lib/env.ts";
import { type EventQueue, queueUrlVariable } from "../../lib/events/event-queues.ts";
import { type QueuedEvent, readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { present } from "../../lib/present.ts";

export interface DeadLetter extends WaitingMessage {
  readonly queue: EventQueue;
  /** Left out when the message holds no event. */
  readonly queued?: QueuedEvent;
}

/** After a command that was broken off, its messages are seen again this much later. */
const HIDE_SECONDS = 300;

/**
 * Gives every message of the dead-letter queue of `queue` to `visit`, each once; one that `visit` answers with "delete" is
 * taken out of the queue. Ends when nothing more is to be had.
 */
export async function visitDeadLetters(
  queue: EventQueue,
  visit: (letter: DeadLetter) => Promise<"keep" | "delete">,
): Promise<void> {
  const queueUrl = deadLetterUrl(queue);
  const kept = new Map<string, string>();
  try {
    for (;;) {
      const messages = await receiveMessages(queueUrl, HIDE_SECONDS);
      const unseen = messages.filter(({ messageId }) => !kept.has(messageId));
      for (const { messageId, receipt } of messages) kept.set(messageId, receipt);
      if (unseen.length === 0) return;
      for (const message of unseen) {
        if ((await visit(letterIn(queue, message))) === "keep") continue;
        await deleteMessage(queueUrl, message.receipt);
        kept.delete(message.messageId);
      }
    }
  } finally {
    for (const receipt of kept.values()) await showMessage(queueUrl, receipt);
  }
}

function letterIn(queue: EventQueue, message: WaitingMessage): DeadLetter {
  const queued = readQueuedEvent(message.body);
  return { ...message, queue, ...present({ queued }) };
}

/** Its name is the queue's with `-dead-letter`: resources/event-queues.ts. */
function deadLetterUrl(queue: EventQueue): string {
  return `${env(queueUrlVariable(queue))}-dead-letter`;
}
