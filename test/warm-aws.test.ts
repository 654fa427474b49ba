/** The emulators of AWS that test files use one after the other (test/steps/warm-aws.ts). */
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, it } from "@jest/globals";
import { putItem } from "../lib/aws/dynamodb.ts";
import { startedAws } from "./steps/given.ts";

const QUEUE = "PAYMENT_INTENT_EVENTS_QUEUE_URL";
const LOCAL = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };

it("the next file gets new, empty services for those that a file used, and the same for the others", async () => {
  const first = await startedAws();
  expect((await startedAws()).endpoints).toEqual(first.endpoints);

  await putItem("StripeEventsTable", { eventId: "evt_1" });
  const afterAnItem = await startedAws();
  expect(afterAnItem).toEqual({
    ...first,
    endpoints: { ...first.endpoints, dynamodb: afterAnItem.endpoints.dynamodb },
  });
  expect(afterAnItem.endpoints.dynamodb).not.toBe(first.endpoints.dynamodb);
  const dynamodb = new DynamoDBClient({ ...LOCAL, endpoint: afterAnItem.endpoints.dynamodb });
  expect(await dynamodb.send(new ScanCommand({ TableName: "StripeEventsTable" }))).toMatchObject({
    Count: 0,
  });
  dynamodb.destroy();

  const sqs = new SQSClient({ ...LOCAL, endpoint: first.endpoints.sqs });
  await sqs.send(new SendMessageCommand({ QueueUrl: first.variables[QUEUE], MessageBody: "one" }));
  sqs.destroy();
  const { endpoints, variables } = await startedAws();
  expect(endpoints.sqs).not.toBe(first.endpoints.sqs);
  const renewed = new SQSClient({ ...LOCAL, endpoint: endpoints.sqs });
  const { Attributes } = await renewed.send(
    new GetQueueAttributesCommand({
      QueueUrl: variables[QUEUE],
      AttributeNames: ["ApproximateNumberOfMessages"],
    }),
  );
  expect(Attributes).toEqual({ ApproximateNumberOfMessages: "0" });
  renewed.destroy();
});
