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
