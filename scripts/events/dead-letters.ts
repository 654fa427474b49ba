/**
 * Goes through the dead-letter queues once. In SQS, the only way to look into a queue is to receive from it: received
 * messages are hidden from everybody else for a while, and made visible again at the end.
 */

import { deleteMessage, hideMessage, receiveMessages, type WaitingMessage } from "../../lib/aws/sqs.ts";
import { env } from "../../lib/env.ts";
import {
  CONSUMED_QUEUES,
  type ConsumedQueue,
  deadLetterUrl,
  queueUrlVariable,
} from "../../lib/events/event-queues.ts";
import { senderOf } from "../../lib/events/message-mac.ts";
import { type QueuedEvent, readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { type MailReport, readMailReport } from "../../lib/mail-events/mail-report.ts";
import { present } from "../../lib/present.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { fieldsOf, parseJson, textOf } from "../../lib/untrusted.ts";
import { type EventFilter, matches } from "./event-filter.ts";
import { filteredOf } from "./shown.ts";

export interface DeadLetter extends WaitingMessage {
  readonly queue: ConsumedQueue;
  /** Not set when the message does not contain an event. */
  readonly queued?: QueuedEvent;
  /** The id of the notification; only in the queues `notification` and `delivery`. */
  readonly notificationId?: string;
  /** What SES reports about a mail; only in the queue `mail`. */
  readonly report?: MailReport | "greeting";
  /**
   * Who has sent it: a function or command of this stage, or SES, which does not sign: what has the form of a report counts as
   * one. The consumer refuses messages of all others.
   */
  readonly sender: "us" | "SES" | "unknown";
}

/** The time until the messages of an aborted command are visible again. */
const HIDE_SECONDS = 300;

/**
 * Calls `visit` once with every message of the dead-letter queue of `queue`, and deletes a message when `visit` returns
 * "delete". Ends when the queue returns no more new messages.
 */
export async function visitDeadLetters(
  queue: ConsumedQueue,
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

/** Every message of the dead-letter queues that the filter selects, oldest first. */
export async function findDeadLetters(filter: EventFilter = {}): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const collect = async (letter: DeadLetter) => {
    if (isWanted(letter, filter)) letters.push(letter);
    return "keep" as const;
  };
  await Promise.all(CONSUMED_QUEUES.map((queue) => visitDeadLetters(queue, collect)));
  return letters.sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime());
}

/** Whether the filter selects the message. A message without an event is only in what is not filtered. */
export function isWanted({ queued }: DeadLetter, filter: EventFilter): boolean {
  return queued === undefined ? Object.keys(filter).length === 0 : matches(filter, filteredOf(queued));
}

function letterIn(queue: ConsumedQueue, message: WaitingMessage, secrets: readonly string[]): DeadLetter {
  if (queue === "mail") {
    const report = readMailReport(message.body);
    return { ...message, queue, sender: report === undefined ? "unknown" : "SES", ...present({ report }) };
  }
  const sender = senderOf(queue, message, secrets) === "us" ? "us" : "unknown";
  if (queue === "notification" || queue === "delivery") {
    const { id, notificationId = id } = fieldsOf(parseJson(message.body));
    return { ...message, queue, sender, ...present({ notificationId: textOf(notificationId) }) };
  }
  const queued = readQueuedEvent(message.body);
  return { ...message, queue, sender, ...present({ queued }) };
}
