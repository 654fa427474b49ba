/**
 * An application that is subscribed to the notifications of a running local stack, and can read its queues and its
 * inbox.
 */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { fromAttributes } from "../../lib/aws/attribute-values.ts";
import type { Notification } from "../../lib/notifications/notification.ts";
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { waitFor } from "../../local/stack-client.ts";

const QUEUE = "application";

export interface Subscriber {
  /** The notifications about an object of one type; waits for the first one. */
  toldOf(objectId: string, type: string): Promise<readonly Notification[]>;
  /** Waits until no message is waiting or being processed in any queue, dead-letter queues included. */
  allHandled(): Promise<void>;
  /** Sets how long failed messages stay hidden, in all queues whose names start with `prefix`. */
  setVisibility(prefix: string, seconds: number): Promise<void>;
  /** The inbox's item of an event, once `accept` says that it is the awaited one. */
  inboxItem(
    eventId: string,
    accept: (item: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>>;
  close(): void;
}

/** Subscribes to the topic of the stack whose SQS, SNS and DynamoDB are at these endpoints. */
export async function subscribe(
  urls: { readonly sqs: string; readonly dynamodb: string },
  topicName: string,
): Promise<Subscriber> {
  const client = { region: "us-east-1", credentials: LOCAL_CREDENTIALS };
  const sqs = new SQSClient({ ...client, endpoint: urls.sqs });
  const dynamodb = new DynamoDBClient({ ...client, endpoint: urls.dynamodb });
  const urlOf = (name: string) => `${urls.sqs}/${LOCAL_ACCOUNT_ID}/${name}`;
  await sqs.send(new CreateQueueCommand({ QueueName: QUEUE }));
  const sns = new SNSClient({ ...client, endpoint: urls.sqs });
  await sns.send(
    new SubscribeCommand({
      TopicArn: `arn:aws:sns:us-east-1:${LOCAL_ACCOUNT_ID}:${topicName}`,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:us-east-1:${LOCAL_ACCOUNT_ID}:${QUEUE}`,
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  sns.destroy();

  const told: Notification[] = [];
  const read = async () => {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: urlOf(QUEUE), MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return;
      for (const { Body = "", ReceiptHandle } of Messages) {
        told.push(JSON.parse(Body));
        await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf(QUEUE), ReceiptHandle }));
      }
    }
  };
  const names = async () => {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    return QueueUrls.map((url) => url.split("/").at(-1) ?? "").filter((name) => name !== QUEUE);
  };
  return {
    toldOf: (objectId, type) =>
      waitFor(`${type} of ${objectId}`, async () => {
        await read();
        const found = told.filter(
          (notification) => notification.object.id === objectId && notification.type === type,
        );
        return found.length > 0 ? found : undefined;
      }),
    allHandled: async () => {
      let busy: string[] = [];
      await waitFor("the queues to be empty", async () => {
        busy = [];
        for (const name of await names()) {
          const { Attributes = {} } = await sqs.send(
            new GetQueueAttributesCommand({ QueueUrl: urlOf(name), AttributeNames: ["All"] }),
          );
          const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: inHand } =
            Attributes;
          if (waiting !== "0" || inHand !== "0") busy.push(`${name}: ${waiting} waiting, ${inHand} in hand`);
        }
        await read();
        return busy.length === 0 || undefined;
      }).catch((cause: unknown) => {
        throw new Error(`${String(cause)}: ${busy.join("; ")}`, { cause });
      });
    },
    setVisibility: async (prefix, seconds) => {
      for (const name of (await names()).filter((candidate) => candidate.startsWith(prefix))) {
        const Attributes = { VisibilityTimeout: String(seconds) };
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl: urlOf(name), Attributes }));
      }
    },
    inboxItem: (eventId, accept) =>
      waitFor(`the inbox to contain ${eventId}`, async () => {
        const { Item } = await dynamodb.send(
          new GetItemCommand({
            TableName: "contractspec-stripe-dev-stripe-events",
            Key: { eventId: { S: eventId } },
            ConsistentRead: true,
          }),
        );
        const item = Item === undefined ? undefined : fromAttributes(Item);
        return item !== undefined && accept(item) ? item : undefined;
      }),
    close: () => {
      sqs.destroy();
      dynamodb.destroy();
    },
  };
}
