/** Messages that no consumer can apply, until they are in the dead-letter queue. */
import {
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { signedAttributes } from "../../../lib/events/message-mac.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { waitFor } from "../../../local/stack-client.ts";
import type { StackUrls } from "../../../local/stack-process.ts";
import { OUR_SECRETS, PERSON } from "./canaries.ts";

const QUEUE = "contractspec-stripe-dev-payment-intent-events";
const sqsAt = (endpoint: string) =>
  new SQSClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });

/** Sends a message that is not an event. Its five tries take a few seconds; on AWS they are two minutes apart. */
export async function poison({ sqs: endpoint }: StackUrls): Promise<void> {
  const sqs = sqsAt(endpoint);
  const QueueUrl = `${endpoint}/000000000000/${QUEUE}`;
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "1" } }));
  const MessageBody = `${PERSON.name} paid with ${PERSON.note}`;
  // Without the MAC, no consumer would read it.
  const { mac } = signedAttributes("payment-intent", MessageBody, [OUR_SECRETS.appSecret]);
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody,
      MessageAttributes: { mac: { DataType: "String", StringValue: mac?.stringValue } },
    }),
  );
  sqs.destroy();
}

/**
 * Waits until that message, and the event that the webhook accepted but no consumer can apply, are dead-lettered. A message
 * can be there twice: on a busy machine, a consumer takes longer than the second after which SQS delivers it again.
 */
export async function poisonSetAside({ sqs: endpoint }: StackUrls): Promise<void> {
  const sqs = sqsAt(endpoint);
  const QueueUrl = `${endpoint}/000000000000/${QUEUE}-dead-letter`;
  await waitFor("two messages in the dead-letter queue", async () => {
    const { Messages = [] } = await sqs.send(
      // They stay visible to the commands that the canary runs next.
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    return new Set(Messages.map(({ Body }) => Body)).size === 2 || undefined;
  });
  sqs.destroy();
}
