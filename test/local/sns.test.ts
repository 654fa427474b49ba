/** Subscriptions of the local SNS with the protocols http, https and lambda. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTopicCommand,
  ListSubscriptionsCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Emulator } from "../../local/emulator-thread.ts";
import { type Emulators, startEmulators } from "../../local/emulators.ts";
import { startInvokeApi } from "../../local/lambda/invoke-api.ts";
import { createRuntime, type LambdaRuntime } from "../../local/lambda/runtime.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { waitFor } from "../../local/stack-client.ts";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const region = "us-east-1";
const QUEUE_ARN = `arn:aws:sqs:${region}:000000000000:undelivered`;

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

let folder: string;
let runtime: LambdaRuntime;
let lambda: Emulator;
let emulators: Emulators;
let endpoint: LoopbackServer;
let sns: SNSClient;
let sqs: SQSClient;
const received: Received[] = [];
/** The statuses of the next responses of the endpoint; then 200. */
let statuses: number[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sns-"));
  const bundle = join(folder, "record.cjs");
  writeFileSync(
    bundle,
    `exports.handler = async (event) => {
      require("node:fs").appendFileSync(${JSON.stringify(join(folder, "events"))}, JSON.stringify(event) + "\\n");
      if (event.Records[0].Sns.Message.includes("fail")) throw new Error("no");
    };`,
  );
  const functions = ["record"].map((name) => ({
    name,
    bundle,
    exportName: "handler",
    timeoutSeconds: 5,
    memoryMegabytes: 128,
    region,
    environment: {},
  }));
  runtime = createRuntime({ functions, log: () => {} });
  lambda = await startInvokeApi({ port: 0, runtime });
  emulators = await startEmulators({ region, lambdaUrl: lambda.url });
  endpoint = await loopbackServer((request, body, response) => {
    received.push({ path: request.url ?? "", headers: request.headers, text: body.toString() });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  sns = new SNSClient({ endpoint: emulators.endpoints.sns, region, credentials: LOCAL_CREDENTIALS });
  sqs = new SQSClient({ endpoint: emulators.endpoints.sqs, region, credentials: LOCAL_CREDENTIALS });
});
afterAll(async () => {
  await endpoint.close();
  await emulators.close();
  await lambda.close();
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  received.length = 0;
  statuses = [];
});

let topics = 0;
async function aSubscription(protocol: string, target: string, Attributes: Record<string, string> = {}) {
  topics += 1;
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `topic-${topics}` }));
  const Endpoint = protocol === "http" ? `${endpoint.url}/${topics}` : target;
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: protocol, Endpoint, Attributes }));
  const at = (type: string) =>
    received.filter(
      ({ path, headers }) =>
        path === `/${Endpoint.split("/").at(-1)}` && headers["x-amz-sns-message-type"] === type,
    );
  const next = (type: string, count = 1): Promise<Received> =>
    waitFor(`the ${type} number ${count}`, async () => at(type)[count - 1]);
  return { TopicArn, next, at };
}

async function aConfirmedSubscription(Attributes: Record<string, string> = {}) {
  const subscription = await aSubscription("http", "", Attributes);
  const { SubscribeURL } = JSON.parse((await subscription.next("SubscriptionConfirmation")).text);
  expect((await fetch(SubscribeURL)).status).toBe(200);
  return subscription;
}

describe("a subscription over http", () => {
  it("is asked to confirm, and gets nothing before it has", async () => {
    const { TopicArn, next, at } = await aSubscription("http", "");
    const { headers, text } = await next("SubscriptionConfirmation");
    expect(headers).toMatchObject({
      "content-type": "text/plain; charset=UTF-8",
      "x-amz-sns-topic-arn": TopicArn,
    });
    const confirmation = JSON.parse(text);
    expect(confirmation).toMatchObject({
      Type: "SubscriptionConfirmation",
      TopicArn,
      Token: expect.any(String),
    });
    await sns.send(new PublishCommand({ TopicArn, Message: "too early" }));
    const answer = await fetch(confirmation.SubscribeURL);
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining("ConfirmSubscriptionResult"),
    ]);
    await sns.send(new PublishCommand({ TopicArn, Message: "hello", Subject: "greeting" }));
    const notification = JSON.parse((await next("Notification")).text);
    expect(notification).toMatchObject({
      Type: "Notification",
      TopicArn,
      Message: "hello",
      Subject: "greeting",
    });
    expect(at("Notification")).toHaveLength(1);
  });

  it("gets the message alone with RawMessageDelivery, and each message of a batch", async () => {
    const { TopicArn, next } = await aConfirmedSubscription({ RawMessageDelivery: "true" });
    const PublishBatchRequestEntries = ["a", "b"].map((Id) => ({ Id, Message: `message ${Id}` }));
    await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
    const texts = [await next("Notification", 1), await next("Notification", 2)].map(({ text }) => text);
    expect(texts.sort()).toEqual(["message a", "message b"]);
  });

  it("gets only what its filter policy lets through", async () => {
    const { TopicArn, next, at } = await aConfirmedSubscription({ FilterPolicy: '{"type":["paid"]}' });
    const publish = (Message: string) =>
      sns.send(
        new PublishCommand({
          TopicArn,
          Message,
          MessageAttributes: { type: { DataType: "String", StringValue: Message } },
        }),
      );
    await publish("failed");
    await publish("paid");
    expect(JSON.parse((await next("Notification")).text)).toMatchObject({
      Message: "paid",
      MessageAttributes: { type: { Type: "String", Value: "paid" } },
    });
    expect(at("Notification")).toHaveLength(1);
  });

  it("gets a message again until it accepts it", async () => {
    const { TopicArn, next } = await aConfirmedSubscription();
    statuses = [500, 503, 429];
    await sns.send(new PublishCommand({ TopicArn, Message: "again" }));
    const tries = [await next("Notification", 4)];
    expect(JSON.parse(tries[0]?.text ?? "")).toMatchObject({ Message: "again" });
  });

  it("that refuses a message gets it once; the message goes to the queue of its redrive policy", async () => {
    await sqs.send(new CreateQueueCommand({ QueueName: "undelivered" }));
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: QUEUE_ARN });
    const { TopicArn, at } = await aConfirmedSubscription({ RedrivePolicy });
    statuses = [400];
    await sns.send(new PublishCommand({ TopicArn, Message: "refused" }));
    const QueueUrl = `${emulators.endpoints.sqs}/000000000000/undelivered`;
    const kept = await waitFor("the undelivered message", async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      return Messages?.[0];
    });
    expect(kept.Body).toBe("refused");
    expect(at("Notification")).toHaveLength(1);
  });

  it("ends with its UnsubscribeURL", async () => {
    const { TopicArn, next } = await aConfirmedSubscription();
    await sns.send(new PublishCommand({ TopicArn, Message: "last" }));
    const { UnsubscribeURL } = JSON.parse((await next("Notification")).text);
    expect((await fetch(UnsubscribeURL)).status).toBe(200);
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}));
    expect(Subscriptions.filter((subscription) => subscription.TopicArn === TopicArn)).toEqual([]);
  });
});

describe("a subscription with the protocol lambda", () => {
  it("invokes the function with SNS's event, again when it fails", async () => {
    const { readFileSync, existsSync } = await import("node:fs");
    const events = () =>
      existsSync(join(folder, "events"))
        ? readFileSync(join(folder, "events"), "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line).Records[0])
        : [];
    const { TopicArn } = await aSubscription(
      "lambda",
      `arn:aws:lambda:${region}:000000000000:function:record`,
    );
    await sns.send(new PublishCommand({ TopicArn, Message: "hello", Subject: "greeting" }));
    const [record] = await waitFor("the invocation", async () =>
      events().length > 0 ? events() : undefined,
    );
    expect(record).toMatchObject({
      EventSource: "aws:sns",
      EventVersion: "1.0",
      Sns: { Type: "Notification", TopicArn, Message: "hello", Subject: "greeting" },
    });
    await sns.send(new PublishCommand({ TopicArn, Message: "fail" }));
    await waitFor("three tries", async () =>
      events().filter(({ Sns }) => Sns.Message === "fail").length === 3 ? true : undefined,
    );
  });
});
