/** SQS, SNS and SES, as events, notifications and mails use them. */
import {
  CreateConfigurationSetCommand,
  DeleteConfigurationSetCommand,
  DeleteIdentityCommand,
  SendEmailCommand,
  VerifyEmailIdentityCommand,
} from "@aws-sdk/client-ses";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  PublishCommand,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { expectSame, outcomeOf, type Probe } from "./probe.ts";

const WAIT_SECONDS = 3;

/** A queue of a probe; `deadLetters` gets what was received once. */
async function queue(
  sqs: SQSClient,
  QueueName: string,
  deadLetters?: string,
): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = "" } = await sqs.send(
    new CreateQueueCommand({
      QueueName,
      Attributes:
        deadLetters === undefined
          ? {}
          : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters, maxReceiveCount: 1 }) },
    }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
  );
  return { url, arn: Attributes?.QueueArn ?? "" };
}

async function receive(
  sqs: SQSClient,
  QueueUrl: string,
  seconds = WAIT_SECONDS,
): Promise<Message | undefined> {
  const { Messages: [message] = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: seconds, MessageAttributeNames: ["All"] }),
  );
  return message;
}

const remove = (sqs: SQSClient, ...urls: string[]) =>
  Promise.all(urls.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))));

export const MESSAGING_PROBES: readonly Probe[] = [
  {
    feature: "SQS: a received message is hidden, and comes again",
    neededBy: "consumers, the wait after a failure",
    isForSuite: true,
    run: async ({ sqs }, name) => {
      const { url } = await queue(sqs, name);
      try {
        await sqs.send(
          new SendMessageCommand({
            QueueUrl: url,
            MessageBody: "hello",
            MessageAttributes: { mac: { DataType: "String", StringValue: "m" } },
          }),
        );
        const first = await receive(sqs, url);
        expectSame("the message", first?.Body, "hello");
        expectSame("its attribute", first?.MessageAttributes?.mac?.StringValue, "m");
        expectSame("while it is hidden", (await receive(sqs, url, 0))?.Body, undefined);
        const ReceiptHandle = first?.ReceiptHandle;
        await sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
        );
        const again = await receive(sqs, url);
        expectSame("after its visibility was changed", again?.Body, "hello");
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again?.ReceiptHandle }));
        expectSame("after it was deleted", (await receive(sqs, url, 0))?.Body, undefined);
      } finally {
        await remove(sqs, url);
      }
    },
  },
  {
    feature: "SQS: redrive to the dead-letter queue",
    neededBy: "dead letters, their alarm",
    isForSuite: true,
    run: async ({ sqs }, name) => {
      const dead = await queue(sqs, `${name}-dead`);
      const { url } = await queue(sqs, name, dead.arn);
      try {
        await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "poison" }));
        const { ReceiptHandle } = (await receive(sqs, url)) ?? {};
        await sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
        );
        expectSame(
          "a message that was received as often as allowed",
          (await receive(sqs, url, 1))?.Body,
          undefined,
        );
        expectSame("the dead-letter queue", (await receive(sqs, dead.url))?.Body, "poison");
      } finally {
        await remove(sqs, url, dead.url);
      }
    },
  },
  {
    feature: "SNS: a queue gets what is published, with attributes",
    neededBy: "notifications, reports about mails",
    isForSuite: true,
    run: async ({ sns, sqs }, name) => {
      const { url, arn } = await queue(sqs, name);
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
      try {
        await sns.send(
          new SubscribeCommand({
            TopicArn,
            Protocol: "sqs",
            Endpoint: arn,
            Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify({ type: ["payment"] }) },
          }),
        );
        const publish = (type: string) =>
          sns.send(
            new PublishCommand({
              TopicArn,
              Message: type,
              MessageAttributes: { type: { DataType: "String", StringValue: type } },
            }),
          );
        await publish("refund");
        await publish("payment");
        const message = await receive(sqs, url);
        expectSame("the message that the filter lets through", message?.Body, "payment");
        expectSame("its attribute", message?.MessageAttributes?.type?.StringValue, "payment");
        expectSame("the other one", (await receive(sqs, url, 0))?.Body, undefined);
      } finally {
        await sns.send(new DeleteTopicCommand({ TopicArn }));
        await remove(sqs, url);
      }
    },
  },
  {
    feature: "SES: mails of a verified sender only",
    neededBy: "mails",
    isForSuite: true,
    run: async ({ ses }, name) => {
      const verified = `${name}@shop.example`;
      const send = (Source: string) =>
        ses.send(
          new SendEmailCommand({
            Source,
            Destination: { ToAddresses: ["ada@shop.example"] },
            Message: { Subject: { Data: "Hello" }, Body: { Text: { Data: "Hello" } } },
          }),
        );
      await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: verified }));
      try {
        await send(verified);
        expectSame(
          "a mail from an address that is not verified",
          await outcomeOf(send(`not-${verified}`)),
          "MessageRejected",
        );
      } finally {
        await ses.send(new DeleteIdentityCommand({ Identity: verified }));
      }
    },
  },
  {
    feature: "SES: configuration sets",
    neededBy: "bounces and complaints by stage",
    isForSuite: true,
    run: async ({ ses }, Name) => {
      await ses.send(new CreateConfigurationSetCommand({ ConfigurationSet: { Name } }));
      // The product never deletes one.
      await outcomeOf(ses.send(new DeleteConfigurationSetCommand({ ConfigurationSetName: Name })));
    },
  },
];
