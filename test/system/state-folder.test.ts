/** What the local stack keeps in its folder, also when a process ends suddenly. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SESClient, SendEmailCommand } from "@aws-sdk/client-ses";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { ListSubscriptionsCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type AwsEndpoints, startEmulators } from "../../local/emulators.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { LocalStackError } from "../../local/ports.ts";
import { provision } from "../../local/provision.ts";
import { waitFor } from "../../local/stack-client.ts";
import { openStateFolder } from "../../local/state-folder.ts";
import { startStepFunctions } from "../../local/step-functions.ts";
import { createResolver, mergeTemplates } from "../../local/template.ts";

const region = "us-east-1";
const template = mergeTemplates({
  Resources: {
    Notes: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        TableName: "notes",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      },
    },
    Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "notes", VisibilityTimeout: 30 } },
    Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "noted" } },
  },
});
const TOPIC = `arn:aws:sns:${region}:000000000000:noted`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function clientsOf(endpoints: AwsEndpoints) {
  const options = (endpoint: string) => ({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  const queue = { QueueUrl: `${endpoints.sqs}/000000000000/notes` };
  const dynamodb = new DynamoDBClient(options(endpoints.dynamodb));
  const sqs = new SQSClient(options(endpoints.sqs));
  const sns = new SNSClient(options(endpoints.sns));
  const ses = new SESClient(options(endpoints.ses));
  return { queue, dynamodb, sqs, sns, ses };
}

async function provisioned(endpoints: AwsEndpoints) {
  const resolve = createResolver(template, { region, stackName: "s-dev", sqsEndpoint: endpoints.sqs });
  await provision({ template, resolve, endpoints, region, mailIdentities: ["a@example.com"] });
  return clientsOf(endpoints);
}

async function write(
  { queue, dynamodb, sqs, sns, ses }: ReturnType<typeof clientsOf>,
  id: string,
): Promise<void> {
  await dynamodb.send(new PutItemCommand({ TableName: "notes", Item: { id: { S: id } } }));
  await sqs.send(new SendMessageCommand({ ...queue, MessageBody: id }));
  await sns.send(
    new SubscribeCommand({
      TopicArn: TOPIC,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${region}:000000000000:notes`,
    }),
  );
  await sns.send(new PublishCommand({ TopicArn: TOPIC, Message: `published ${id}` }));
  await ses.send(
    new SendEmailCommand({
      Source: "a@example.com",
      Destination: { ToAddresses: ["b@example.com"] },
      Message: { Subject: { Data: id }, Body: { Text: { Data: "text" } } },
    }),
  );
}

async function expectKept(endpoints: AwsEndpoints, id: string): Promise<void> {
  const { queue, dynamodb, sqs, sns } = await provisioned(endpoints);
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: "notes", Key: { id: { S: id } } }));
  expect(Item).toEqual({ id: { S: id } });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ ...queue, MaxNumberOfMessages: 10 }));
  expect(Messages.map(({ Body = "" }) => Body).join()).toMatch(
    new RegExp(`${id}.*published ${id}|published ${id}.*${id}`, "s"),
  );
  for (const { ReceiptHandle } of Messages) {
    await sqs.send(new ChangeMessageVisibilityCommand({ ...queue, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  const { Subscriptions } = await sns.send(new ListSubscriptionsCommand({}));
  expect(Subscriptions).toHaveLength(1);
  const { emails } = JSON.parse(await (await fetch(`${endpoints.ses}/store`)).text());
  expect(emails).toEqual([expect.objectContaining({ subject: id })]);
}

describe("given a folder for the state", () => {
  it("tables, queues, subscriptions and mails are there after a restart", async () => {
    const before = await startEmulators({ region, stateFolder: folder });
    await write(await provisioned(before.endpoints), "n1");
    await before.close();
    const after = await startEmulators({ region, stateFolder: folder });
    await expectKept(after.endpoints, "n1");
    await after.close();
  });

  it("they are there after the process was killed", async () => {
    const program = `
      import { startEmulators } from ${JSON.stringify(join(import.meta.dirname, "../../local/emulators.ts"))};
      const { endpoints } = await startEmulators({ region: "${region}", stateFolder: ${JSON.stringify(folder)} });
      console.log(JSON.stringify(endpoints));
      setInterval(() => {}, 1_000);`;
    writeFileSync(join(folder, "program.mjs"), program);
    const child = spawn(process.execPath, [join(folder, "program.mjs")], {
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(child.stdout, "data");
    await write(await provisioned(JSON.parse(String(line))), "n2");
    child.kill("SIGKILL");
    await once(child, "exit");
    const after = await startEmulators({ region, stateFolder: folder });
    await expectKept(after.endpoints, "n2");
    await after.close();
  });

  it("an ended execution stays, and one that had not ended is begun again", async () => {
    const machine = {
      name: "wait",
      arn: `arn:aws:states:${region}:000000000000:stateMachine:wait`,
      roleArn: "arn:aws:iam::000000000000:role/wait",
      createdAt: new Date(),
      definition: {
        StartAt: "ask",
        States: {
          ask: { Type: "Task" as const, Resource: "arn:aws:lambda:x:0:function:ask", End: true as const },
        },
      },
    };
    const stack = async (answer: () => Promise<unknown>) => {
      const invoke = async () => ({ outcome: "answered" as const, payload: await answer() });
      const server = await startStepFunctions({ region, machines: [machine], invoke, stateFolder: folder });
      return { server, sfn: new SFNClient({ endpoint: server.url, region, credentials: LOCAL_CREDENTIALS }) };
    };
    const ended = async (sfn: SFNClient, executionArn = "") =>
      waitFor("the execution to end", async () => {
        const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        return execution.status === "RUNNING" ? undefined : execution;
      });
    let release = (_answer: unknown) => {};
    let answers: (() => Promise<unknown>)[] = [
      async () => "first",
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    ];
    const before = await stack(() => answers.shift()?.() ?? Promise.resolve("none"));
    const start = (name: string) =>
      before.sfn.send(
        new StartExecutionCommand({ stateMachineArn: machine.arn, name, input: `{"name":"${name}"}` }),
      );
    const { executionArn: first } = await start("first");
    const ending = await ended(before.sfn, first);
    const { executionArn: second } = await start("second");
    await before.server.close();
    // The engine of the first stack would wait for its task; what it reports now must not be kept.
    release("too late");

    answers = [];
    const after = await stack(async () => "again");
    const restored = await after.sfn.send(new DescribeExecutionCommand({ executionArn: first }));
    expect({ ...restored, $metadata: {} }).toEqual({ ...ending, $metadata: {} });
    const { events = [] } = await after.sfn.send(new GetExecutionHistoryCommand({ executionArn: first }));
    expect(events.at(-1)?.type).toBe("ExecutionSucceeded");
    expect(await ended(after.sfn, second)).toMatchObject({
      status: "SUCCEEDED",
      output: '"again"',
      input: '{"name":"second"}',
    });
    await after.server.close();
  });

  it("a second stack, or one with other tables, does not use it: the error says what to do", async () => {
    const opened = openStateFolder(folder, ["tables"]);
    writeFileSync(join(folder, "owner.json"), JSON.stringify({ pid: process.ppid }));
    expect(() => openStateFolder(folder, ["tables"])).toThrow(LocalStackError);
    expect(() => openStateFolder(folder, ["tables"])).toThrow(`process ${process.ppid}`);
    await opened.close();
    expect(() => openStateFolder(folder, ["other tables"])).toThrow("npm start -- --fresh");
    // A process that was killed leaves its name behind.
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    writeFileSync(join(folder, "owner.json"), JSON.stringify({ pid: child.pid }));
    openStateFolder(folder, ["tables"]);
    expect(JSON.parse(readFileSync(join(folder, "owner.json"), "utf8"))).toEqual({ pid: process.pid });
  });
});
