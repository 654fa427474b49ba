import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import type { Emulator } from "../../local/emulator-thread.ts";
import { startEventSource } from "../../local/event-source.ts";
import type { Invocation } from "../../local/lambda/invocation.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { startQueues } from "../../local/queues.ts";

const region = "eu-central-1";

describe("the event source", () => {
  let queues: Emulator;
  let sqs: SQSClient;
  let stop: () => Promise<void> = async () => {};
  let made = 0;

  beforeAll(async () => {
    queues = await startQueues({ region });
    sqs = new SQSClient({ region, credentials: LOCAL_CREDENTIALS, endpoint: queues.url });
  });
  afterEach(() => stop());
  afterAll(async () => {
    await queues.close();
  });

  /** A queue that delivers a message at most twice, the second time `visibilityTimeout` seconds after the first. */
  async function givenQueue(visibilityTimeout = 1) {
    made += 1;
    const name = `jobs-${made}`;
    const arn = (queue: string) => `arn:aws:sqs:${region}:000000000000:${queue}`;
    const url = (queue: string) => `${queues.url}/000000000000/${queue}`;
    await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
    await sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        Attributes: {
          VisibilityTimeout: String(visibilityTimeout),
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(`${name}-dead`), maxReceiveCount: 2 }),
        },
      }),
    );
    return { queueUrl: url(name), queueArn: arn(name), deadLetterUrl: url(`${name}-dead`) };
  }

  function whenConsuming(
    queue: { queueUrl: string; queueArn: string },
    consumer: (event: SQSEvent) => Promise<Invocation>,
    reportsFailures = true,
  ) {
    const events: SQSEvent[] = [];
    const errors: string[] = [];
    const source = startEventSource({
      mappings: [{ ...queue, functionName: "consumer", batchSize: 10, reportsFailures }],
      endpoint: queues.url,
      region,
      invoke: (name, payload) => {
        expect(name).toBe("consumer");
        // The payload is what startEventSource builds: an SQSEvent, checked field by field below.
        const event = payload as SQSEvent;
        events.push(event);
        return consumer(event);
      },
      onError: (message) => errors.push(message),
    });
    stop = source.stop;
    return { events, errors, drained: source.drained };
  }

  const answered = (payload: unknown): Invocation => ({ outcome: "answered", payload });
  const send = (queueUrl: string, body: string) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: { topic: { DataType: "String", StringValue: "greeting" } },
      }),
    );

  /** The number of messages in the queue, in flight or not. */
  async function depth(queueUrl: string): Promise<number> {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
    );
    return (
      Number(Attributes?.ApproximateNumberOfMessages) +
      Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
    );
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it("invokes the consumer with a record of exactly Lambda's shape, and deletes the handled message", async () => {
    const queue = await givenQueue();
    const { MessageId } = await send(queue.queueUrl, "hello");

    const { events } = whenConsuming(queue, async () => answered({ batchItemFailures: [] }));
    await until(async () => events.length === 1 && (await depth(queue.queueUrl)) === 0);

    expect(events[0]).toEqual({
      Records: [
        {
          messageId: MessageId,
          receiptHandle: expect.any(String),
          body: "hello",
          attributes: {
            ApproximateReceiveCount: "1",
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: "000000000000",
          },
          messageAttributes: {
            topic: {
              stringValue: "greeting",
              dataType: "String",
              stringListValues: [],
              binaryListValues: [],
            },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: "5d41402abc4b2a76b9719d911017c592",
          eventSource: "aws:sqs",
          eventSourceARN: queue.queueArn,
          awsRegion: region,
        },
      ],
    });
  });

  it("delivers only the reported records again, and hands them to the dead-letter queue after maxReceiveCount", async () => {
    const queue = await givenQueue();
    for (const body of ["good", "poison", "fine"]) await send(queue.queueUrl, body);
    const received = new Map<string, string[]>();

    whenConsuming(queue, async ({ Records }) => {
      for (const { body, attributes } of Records) {
        received.set(body, [...(received.get(body) ?? []), attributes.ApproximateReceiveCount]);
      }
      const failed = Records.filter(({ body }) => body === "poison");
      return answered({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) });
    });
    await until(async () => (await depth(queue.deadLetterUrl)) === 1);

    expect(Object.fromEntries(received)).toEqual({ good: ["1"], fine: ["1"], poison: ["1", "2"] });
    expect(await depth(queue.queueUrl)).toBe(0);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.deadLetterUrl }));
    expect(Messages?.[0]?.Body).toBe("poison");
  });

  it.each<[string, () => Promise<Invocation>]>([
    ["the function fails", async () => ({ outcome: "failed", errorType: "Boom", document: "{}" })],
    ["the function cannot be invoked", () => Promise.reject(new Error("connection refused"))],
    [
      "the result names an unknown record",
      async () => answered({ batchItemFailures: [{ itemIdentifier: "?" }] }),
    ],
    ["the result is not a batch response", async () => answered({ batchItemFailures: "all" })],
  ])("deletes nothing when %s", async (_, consumer) => {
    const queue = await givenQueue(0);
    await send(queue.queueUrl, "keep me");

    whenConsuming(queue, consumer);
    await until(async () => (await depth(queue.deadLetterUrl)) === 1);

    expect(await depth(queue.queueUrl)).toBe(0);
  });

  it("treats any result as success when the function does not report failures", async () => {
    const queue = await givenQueue();
    await send(queue.queueUrl, "hello");

    const { events } = whenConsuming(queue, async () => answered("whatever"), false);

    await until(async () => events.length === 1 && (await depth(queue.queueUrl)) === 0);
  });

  it("waits for the current batch when it is stopped, and does not poll any more", async () => {
    const queue = await givenQueue();
    await send(queue.queueUrl, "slow");
    let finish = () => {};
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });

    const { events, errors } = whenConsuming(queue, async () => {
      await working;
      return answered(null);
    });
    await until(() => events.length === 1);
    const stopped = stop();
    finish();
    await stopped;

    expect(await depth(queue.queueUrl)).toBe(0);
    expect(errors).toEqual([]);
    await send(queue.queueUrl, "too late");
    expect(await depth(queue.queueUrl)).toBe(1);
  });

  it("is drained once every message is gone, and those that its consumers send", async () => {
    const queue = await givenQueue();
    const { events, drained } = whenConsuming(queue, async ({ Records }) => {
      for (const { body } of Records) if (body !== "1") await send(queue.queueUrl, String(Number(body) - 1));
      return answered(null);
    });

    for (const chain of [1, 2, 3]) {
      await send(queue.queueUrl, "8");
      await drained(60_000);
      expect(events.flatMap(({ Records }) => Records)).toHaveLength(8 * chain);
      expect(await depth(queue.queueUrl)).toBe(0);
    }
  });

  it("is drained while a message waits for its next try", async () => {
    const queue = await givenQueue(3_600);
    await send(queue.queueUrl, "poison");
    const { events, drained } = whenConsuming(queue, async ({ Records }) =>
      answered({ batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) }),
    );
    await until(() => events.length === 1);

    await drained(60_000);

    expect(await depth(queue.queueUrl)).toBe(1);
  });

  it("gives up on a consumer that hangs", async () => {
    const queue = await givenQueue();
    await send(queue.queueUrl, "slow");
    let finish = () => {};
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { events, drained } = whenConsuming(queue, async () => {
      await working;
      return answered(null);
    });
    await until(() => events.length === 1);

    await drained(50);

    expect(await depth(queue.queueUrl)).toBe(1);
    finish();
  });
});
