import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
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
  ])("%j is refused, and the response says what would be right", async (body, message) => {
    expect(await order(body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(message) },
    });
  });
});
