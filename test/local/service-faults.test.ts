import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { startDynamoDb } from "../../local/dynamodb.ts";
import type { Emulator } from "../../local/emulator-thread.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { startQueues } from "../../local/queues.ts";

let queues: Emulator;
let sqs: SQSClient;
let QueueUrl: string;
beforeAll(async () => {
  queues = await startQueues();
  sqs = new SQSClient({
    endpoint: queues.url,
    region: "us-east-1",
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  await sqs.send(new CreateQueueCommand({ QueueName: "q", Attributes: { VisibilityTimeout: "60" } }));
  QueueUrl = `${queues.url}/000000000000/q`;
});
beforeEach(() => order({ rate: 0 }));
afterAll(async () => {
  sqs.destroy();
  await queues.close();
});

const order = async (body: object) => {
  const answer = await fetch(`${queues.url}/_faults`, { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
};
const send = (body: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body })).then(
    () => "sent",
    (error) => String(error.$metadata?.httpStatusCode ?? "cut off"),
  );
async function received(): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
  }
}

describe("given a DynamoDB that throttles one table", () => {
  it("only calls about that table fail, with its exception, and are counted as reads and writes", async () => {
    const dynamodb = await startDynamoDb();
    const client = new DynamoDBClient({
      endpoint: dynamodb.url,
      region: "us-east-1",
      credentials: LOCAL_CREDENTIALS,
      maxAttempts: 1,
    });
    const faults = async (body?: object) => {
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      return JSON.parse(await (await fetch(`${dynamodb.url}/_faults`, init)).text());
    };
    const Key = { id: { S: "x".repeat(100_000) } };
    const calls = (TableName: string) =>
      Promise.all(
        [
          new PutItemCommand({ TableName, Item: Key }),
          new GetItemCommand({ TableName, Key: { id: { S: "1" } } }),
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [{ id: { S: "1" } }] } } }),
        ].map((command) =>
          client.send(Object(command)).then(
            () => "done",
            (error: Error) => error.name,
          ),
        ),
      );
    await faults({ rate: 1, table: "busy" });
    expect(await calls("busy")).toEqual(Array(3).fill("ThrottlingException"));
    expect(new Set(await calls("quiet"))).not.toContain("ThrottlingException");
    expect(await faults()).toMatchObject({ table: "busy", throttled: { busy: { read: 2, write: 1 } } });
    await faults({ rate: 0 });
    expect(new Set(await calls("busy"))).not.toContain("ThrottlingException");
    client.destroy();
    await dynamodb.close();
  });
});

describe("given injected faults of a service", () => {
  it("a rate of 1 makes every call fail in one of three ways, and receiving never fails", async () => {
    const before = (await order({ rate: 1, seed: 7 })).body.struck;
    const results = [];
    for (let index = 0; index < 30; index += 1) results.push(await send(`message ${index}`));
    expect(new Set(results)).toEqual(new Set(["503", "cut off"]));
    const stored = await received();
    // SQS had done the work of some of the calls that were cut off.
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.length).toBeLessThan(results.filter((result) => result === "cut off").length);
    expect((await order({ rate: 0 })).body.struck).toBe(before + 30);
    expect(await send("after")).toBe("sent");
    expect(await received()).toEqual(["after"]);
  });

  it("the same seed makes the same calls fail", async () => {
    const runs = [];
    for (let run = 0; run < 2; run += 1) {
      await order({ rate: 0.4, seed: 3 });
      const results = [];
      for (let index = 0; index < 20; index += 1) results.push(await send("x"));
      runs.push(results);
    }
    expect(runs[0]).toContain("sent");
    expect(new Set(runs[0]).size).toBeGreaterThan(1);
    expect(runs[1]).toEqual(runs[0]);
  });

  it.each([
    [{ rate: 2 }, "rate must be from 0 to 1"],
    [{}, "rate must be from 0 to 1"],
    [{ rate: 0.1, seed: "a" }, "seed must be a number"],
    [{ rate: 1, table: 1 }, "table must be the name of a DynamoDB table"],
  ])("%j is refused, and the response says what would be right", async (body, message) => {
    expect(await order(body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(message) },
    });
  });
});
