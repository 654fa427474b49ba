/** A queued message as Lambda hands it to a consumer, with the MAC that our senders give it. */
import { randomUUID } from "node:crypto";
import type { SQSRecord } from "aws-lambda";
import type { EventQueue } from "../../lib/events/event-queues.ts";
import { MAC_ATTRIBUTE, messageMac } from "../../lib/events/message-mac.ts";

/** The MAC of `body` in `queue`, with the APP_SECRET of this process. */
export const macFor = (queue: EventQueue, body: string) =>
  messageMac(queue, body, (process.env.APP_SECRET ?? "").split(","));

export interface RecordOptions {
  readonly messageId?: string;
  readonly receiveCount?: number;
  /** By default the right one; null for a message without a MAC. */
  readonly mac?: string | null;
}

/** The record of `body` in `queue`. */
export function sqsRecord(queue: EventQueue, body: string, options: RecordOptions = {}): SQSRecord {
  const { messageId = randomUUID(), receiveCount = 1, mac = macFor(queue, body) } = options;
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
    messageAttributes: mac === null ? {} : { [MAC_ATTRIBUTE]: { stringValue: mac, dataType: "String" } },
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: "us-east-1",
  };
}
