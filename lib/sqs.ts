/** The only SQS client. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Problem } from "./errors.ts";

let client: SQSClient | undefined;

/** Sends one message. Returns its id once SQS has stored it; anything else is SERVICE_UNAVAILABLE. */
export async function sendToQueue(queueUrl: string, body: string): Promise<string> {
  client ??= new SQSClient({ maxAttempts: 2 });
  try {
    const { MessageId } = await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }),
    );
    if (MessageId === undefined) throw new Error("SQS answered without a message id");
    return MessageId;
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", "SQS did not accept the message", { cause });
  }
}

/** SQS's limit for a message's body and attributes, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;

/**
 * Whether SQS takes `body`: up to 1 MiB of UTF-8 in the characters of XML 1.0.
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function fitsQueue(body: string): boolean {
  return (
    Buffer.byteLength(body) <= MAX_MESSAGE_BYTES &&
    /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(body)
  );
}
