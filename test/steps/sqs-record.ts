/** A queued message as Lambda hands it to a consumer, with the MAC that our senders give it. */
import { randomUUID } from "node:crypto";
import type { SQSRecord } from "aws-lambda";
import type { MessageAttributes } from "../../lib/aws/sqs.ts";
import type { SignedQueue } from "../../lib/events/event-queues.ts";
import { signedAttributes } from "../../lib/events/message-mac.ts";

/** The attributes that a sender of ours gives to `body` in `queue`, with the APP_SECRET of this process. */
export const ourAttributes = (queue: SignedQueue, body: string): MessageAttributes =>
  signedAttributes(queue, body, (process.env.APP_SECRET ?? "").split(","));

export interface RecordOptions {
  readonly messageId?: string;
  readonly receiveCount?: number;
  /** By default those of our senders. */
  readonly attributes?: MessageAttributes;
}

/** The record of `body` in `queue`. */
export function sqsRecord(queue: SignedQueue, body: string, options: RecordOptions = {}): SQSRecord {
  const { messageId = randomUUID(), receiveCount = 1, attributes = ourAttributes(queue, body) } = options;
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: "0",
      SenderId: "test",
      ApproximateFirstReceiveTimestamp: "0",
    },
    messageAttributes: { ...attributes },
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: "us-east-1",
  };
}
