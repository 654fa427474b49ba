/** What a consumer tells SQS about a message that failed, in addition to reporting the failure to Lambda. */
import type { SQSRecord } from "aws-lambda";
import { hideMessage, sendToQueue } from "../aws/sqs.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { type ConsumedQueue, deadLetterUrl, queueUrlVariable } from "../events/event-queues.ts";

export interface FailedMessages {
  /** The message is delivered again after this time, instead of the queue's visibility timeout. */
  deliverLater(record: SQSRecord, seconds: number): Promise<void>;
  /** Copies the message to the dead-letter queue, so that it can be deleted from its own queue. */
  setAside(record: SQSRecord): Promise<void>;
}

/** For the messages of that queue. Both operations throw SERVICE_UNAVAILABLE if SQS does not complete them. */
export function failedMessagesOf(queue: ConsumedQueue): FailedMessages {
  const queueUrl = () => env(queueUrlVariable(queue));
  return {
    deliverLater: ({ receiptHandle }, seconds) => hideMessage(queueUrl(), receiptHandle, seconds),
    setAside: async ({ messageId, body, messageAttributes }) => {
      const copyId = await sendToQueue(deadLetterUrl(queueUrl()), body, messageAttributes);
      if (copyId === undefined)
        throw new Problem("SERVICE_UNAVAILABLE", `SQS does not accept message ${messageId} a second time`);
    },
  };
}
