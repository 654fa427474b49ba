/** A queue as resources/event-queues.ts defines it, polled as Lambda polls it, with a real consumer. */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import { handler } from "../../../functions/on-payment-intent-event/handler.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { MOST_DELIVERIES, POISON_DELIVERIES } from "../../../lib/events/redelivery.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { startEventSource } from "../../../local/event-source.ts";
import * as given from "../../steps/given.ts";
import { ourAttributes } from "../../steps/sqs-record.ts";

const aws = given.localAws();
let sqs: SQSClient;
beforeAll(async () => {
  sqs = new SQSClient({});
});
afterAll(async () => {
  sqs.destroy();
});

const arn = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const url = (queue: string) => `${aws.endpoints.sqs}/000000000000/${queue}`;

/** A queue that gives a message up after `maxReceiveCount` deliveries, and the dead-letter queue for it. */
async function givenQueue(name: string, maxReceiveCount = MOST_DELIVERIES) {
  const dead = `${name}-dead-letter`;
  await sqs.send(new CreateQueueCommand({ QueueName: dead }));
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: arn(dead),
    maxReceiveCount,
  });
  await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "120", RedrivePolicy } }),
  );
  process.env[queueUrlVariable("payment-intent")] = url(name);
  return { live: url(name), dead: url(dead), arn: arn(name) };
}

type Queue = Awaited<ReturnType<typeof givenQueue>>;

/**
 * Polls the queue until `isOver`, and returns how often each body arrived. A failed message is visible again
 * immediately, instead of after the time that the queue or the consumer has set, unless it `waits`. A Lambda that `dies`
 * has done its work, and reports nothing.
 */
async function whenConsumed(
  queue: Queue,
  isOver: () => Promise<boolean>,
  { dies = false, waits = false } = {},
) {
  const seen = new Map<string, number>();
  const errors: string[] = [];
  const retryNow = async (ReceiptHandle: string) =>
    sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queue.live, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  const source = startEventSource({
    mappings: [
      {
        queueUrl: queue.live,
        queueArn: queue.arn,
        functionName: "consumer",
        batchSize: 10,
        reportsFailures: true,
      },
    ],
    endpoint: aws.endpoints.sqs,
    region: "us-east-1",
    invoke: async (_name, payload) => {
      const { Records }: SQSEvent = JSON.parse(JSON.stringify(payload));
      for (const { body } of Records) seen.set(body, (seen.get(body) ?? 0) + 1);
      const answer = await handler({ Records }, given.lambdaContext(20_000));
      const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { messageId, receiptHandle } of Records)
        if (dies || (failed.has(messageId) && !waits)) await retryNow(receiptHandle);
      return dies
        ? { outcome: "failed", errorType: "Runtime.ExitError", document: "{}" }
        : { outcome: "answered", payload: answer };
    },
    onError: (message) => errors.push(message),
  });
  while (!(await isOver())) await new Promise((resolve) => setTimeout(resolve, 100));
  await source.stop();
  return { seen: Object.fromEntries(seen), errors };
}

const send = (queueUrl: string, bodies: readonly string[]) =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: bodies.map((MessageBody, i) => ({
        Id: String(i),
        MessageBody,
        MessageAttributes: {
          mac: {
            DataType: "String",
            StringValue: ourAttributes("payment-intent", MessageBody).mac?.stringValue,
          },
        },
      })),
    }),
  );

async function depth(queueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  );
}

const anEvent = (n: number) =>
  JSON.stringify({
    id: `evt_${n}`,
    api_version: STRIPE_API_VERSION,
    type: "payment_intent.succeeded",
    created: 1_795_478_400,
    data: { object: { id: `pi_${n}`, object: "payment_intent", status: "succeeded", amount: n } },
  });

/** The stored items of an event and of its object. */
const stored = async (n: number) => [
  await getItem("StripeEventsTable", { eventId: `evt_${n}` }),
  await getItem("StripeObjectsTable", { objectId: `pi_${n}` }),
];

describe("given a message that always fails, among nine events", () => {
  it("it is in the dead-letter queue after five deliveries, unchanged, and its neighbours are applied once", async () => {
    const poison = '{"id":"evt_poison","type":"payment_intent.succeeded"}';
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const bodies = numbers.map(anEvent).toSpliced(4, 0, poison);
    const queue = await givenQueue("poisoned");
    await send(queue.live, bodies);

    const { seen, errors } = await whenConsumed(
      queue,
      async () => (await depth(queue.dead)) === 1 && (await depth(queue.live)) === 0,
    );

    expect(errors).toEqual([]);
    expect(seen).toEqual(
      Object.fromEntries(bodies.map((body) => [body, body === poison ? POISON_DELIVERIES : 1])),
    );
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.dead }));
    expect(Messages?.map(({ Body }) => Body)).toEqual([poison]);
    for (const n of numbers) {
      expect(await stored(n)).toMatchObject([{ state: "done" }, { status: "succeeded", amount: n }]);
    }
  });
});

describe("given events in the dead-letter queue that were applied by a Lambda that died each time before its report", () => {
  it("redriving them changes nothing, and empties the queue", async () => {
    const numbers = [11, 12, 13];
    const queue = await givenQueue("unlucky", 5);
    await send(queue.live, numbers.map(anEvent));
    const isGivenUp = async () => (await depth(queue.dead)) === 3 && (await depth(queue.live)) === 0;
    expect((await whenConsumed(queue, isGivenUp, { dies: true })).seen).toEqual(
      Object.fromEntries(numbers.map((n) => [anEvent(n), 5])),
    );
    const before = await Promise.all(numbers.map(stored));
    expect(before).toMatchObject(numbers.map((n) => [{ state: "done" }, { status: "succeeded", amount: n }]));

    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.dead,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      }),
    );
    // As the redrive of the AWS console: a message keeps its body and its attributes.
    for (const { Body, MessageAttributes } of Messages)
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.live, MessageBody: Body, MessageAttributes }));
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.dead, ReceiptHandle }));
    const isEmpty = async () => (await depth(queue.live)) === 0;
    expect(await whenConsumed(queue, isEmpty)).toEqual({
      seen: Object.fromEntries(numbers.map((n) => [anEvent(n), 1])),
      errors: [],
    });
    expect(await depth(queue.dead)).toBe(0);
    expect(await Promise.all(numbers.map(stored))).toEqual(before);
  });
});

describe("given an event that is in the queue three times, because SQS stored it and its response was lost", () => {
  it("it is applied once, and none of its copies fails", async () => {
    const queue = await givenQueue("doubled");
    await send(queue.live, [21, 22, 21, 23, 21].map(anEvent));
    const { seen, errors } = await whenConsumed(queue, async () => (await depth(queue.live)) === 0);
    expect(errors).toEqual([]);
    expect(seen).toEqual({ [anEvent(21)]: 3, [anEvent(22)]: 1, [anEvent(23)]: 1 });
    expect(await stored(21)).toMatchObject([{ state: "done" }, { status: "succeeded", amount: 21 }]);
  });
});

describe("given an outage of SNS", () => {
  it("its events are delivered again seconds after the first failure, long before the queue's timeout", async () => {
    const topicArn = process.env.NOTIFICATIONS_TOPIC_ARN;
    process.env.NOTIFICATIONS_TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:no-topic";
    const queue = await givenQueue("down");
    await send(queue.live, [anEvent(31)]);
    const isApplied = async () => {
      const [event] = await stored(31);
      // The first delivery has failed, and SNS is back.
      if (event?.leaseUntil === 0) process.env.NOTIFICATIONS_TOPIC_ARN = topicArn;
      return (await depth(queue.live)) === 0;
    };
    const { seen, errors } = await whenConsumed(queue, isApplied, { waits: true });
    expect({ seen, errors }).toEqual({ seen: { [anEvent(31)]: 2 }, errors: [] });
    expect(await stored(31)).toMatchObject([{ state: "done" }, { status: "succeeded", amount: 31 }]);
    expect(await depth(queue.dead)).toBe(0);
  });
});
