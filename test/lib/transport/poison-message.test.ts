/** A queue as resources/queues.yml makes it, polled as Lambda polls it, with a real consumer behind it. */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import { handler } from "../../../functions/on-payment-intent-event/handler.ts";
import { getItem } from "../../../lib/dynamodb.ts";
import type { Emulators } from "../../../local/emulators.ts";
import { startEventSource } from "../../../local/event-source.ts";
import { lambdaContext, localAws } from "../../steps/given.ts";

const MAX_RECEIVE_COUNT = 5;

let aws: Emulators;
let sqs: SQSClient;
beforeAll(async () => {
  aws = await localAws();
  sqs = new SQSClient({});
});
afterAll(async () => {
  sqs.destroy();
  await aws.close();
});

const arn = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const url = (queue: string) => `${aws.endpoints.sqs}/000000000000/${queue}`;

async function givenQueue() {
  await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: arn("dead"),
    maxReceiveCount: MAX_RECEIVE_COUNT,
  });
  await sqs.send(
    new CreateQueueCommand({ QueueName: "live", Attributes: { VisibilityTimeout: "120", RedrivePolicy } }),
  );
}

/** Polls the queue; what the handler reports is visible again at once, instead of after the queue's timeout. */
function whenConsuming(seen: Map<string, number>, errors: string[]) {
  return startEventSource({
    mappings: [
      {
        queueUrl: url("live"),
        queueArn: arn("live"),
        functionName: "consumer",
        batchSize: 10,
        reportsFailures: true,
      },
    ],
    endpoint: aws.endpoints.sqs,
    region: "us-east-1",
    invoke: async (_name, payload) => {
      // The event source builds it, field by field as Lambda does.
      const event = payload as SQSEvent;
      for (const { body } of event.Records) seen.set(body, (seen.get(body) ?? 0) + 1);
      const answer = await handler(event, lambdaContext(20_000));
      for (const { itemIdentifier } of answer.batchItemFailures) {
        const failed = event.Records.find(({ messageId }) => messageId === itemIdentifier);
        await sqs.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: url("live"),
            ReceiptHandle: failed?.receiptHandle,
            VisibilityTimeout: 0,
          }),
        );
      }
      return { outcome: "answered", payload: answer };
    },
    onError: (message) => errors.push(message),
  });
}

async function depth(queue: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: ["All"] }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const anEvent = (n: number) =>
  JSON.stringify({
    id: `evt_${n}`,
    type: "payment_intent.succeeded",
    created: 1_795_478_400,
    data: { object: { id: `pi_${n}`, object: "payment_intent", status: "succeeded", amount: n } },
  });

describe("given a message that no delivery can make good, among nine events", () => {
  it("it is in the dead-letter queue after five deliveries, as it came, and its neighbours are applied once", async () => {
    const poison = '{"id":"evt_poison","type":"payment_intent.succeeded"}';
    const events = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(anEvent);
    await givenQueue();
    const bodies = events.toSpliced(4, 0, poison);
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url("live"),
        Entries: bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody })),
      }),
    );

    const seen = new Map<string, number>();
    const errors: string[] = [];
    const source = whenConsuming(seen, errors);
    await until(async () => (await depth("dead")) === 1 && (await depth("live")) === 0);
    await source.stop();

    expect(errors).toEqual([]);
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(bodies.map((body) => [body, body === poison ? MAX_RECEIVE_COUNT : 1])),
    );
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url("dead") }));
    expect(Messages?.map(({ Body }) => Body)).toEqual([poison]);
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      expect(await getItem("StripeEventsTable", { eventId: `evt_${n}` })).toMatchObject({ state: "done" });
      expect(await getItem("StripeObjectsTable", { objectId: `pi_${n}` })).toMatchObject({
        status: "succeeded",
        amount: n,
      });
    }
  });
});
