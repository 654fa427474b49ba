/** An application that is subscribed to the notifications of `localAws`, and checks each against the schema. */
import { readFileSync } from "node:fs";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Notification } from "../../lib/notifications/notification.ts";
import type { WarmAws } from "./warm-aws.ts";

/** Call it at the top of the file. The function that it returns takes what has arrived since the last call. */
export function subscribedApplication(aws: WarmAws): () => Promise<Notification[]> {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const isNotification = ajv.compile<Notification>(
    JSON.parse(readFileSync("docs/notification.schema.json", "utf8")),
  );
  let sqs: SQSClient | undefined;
  beforeAll(async () => {
    sqs = new SQSClient({});
    await sqs.send(new CreateQueueCommand({ QueueName: "application" }));
    const sns = new SNSClient({});
    await sns.send(
      new SubscribeCommand({
        TopicArn: process.env.NOTIFICATIONS_TOPIC_ARN,
        Protocol: "sqs",
        Endpoint: "arn:aws:sqs:us-east-1:000000000000:application",
        Attributes: { RawMessageDelivery: "true" },
      }),
    );
    sns.destroy();
  });
  afterAll(() => sqs?.destroy());
  return async () => {
    const QueueUrl = `${aws.endpoints.sqs}/000000000000/application`;
    const told: Notification[] = [];
    for (;;) {
      const { Messages = [] } =
        (await sqs?.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))) ?? {};
      if (Messages.length === 0) return told;
      for (const { Body = "", ReceiptHandle } of Messages) {
        const notification: unknown = JSON.parse(Body);
        expect([isNotification(notification), isNotification.errors]).toEqual([true, null]);
        if (isNotification(notification)) told.push(notification);
        await sqs?.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
}
