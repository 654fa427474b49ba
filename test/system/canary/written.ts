/**
 * Reads everything that the stack has written. Only this file names the places that contain a canary by design.
 */
import { DynamoDBClient, ListTablesCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { ListQueuesCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import type { StackUrls } from "../../../local/stack-process.ts";
import type { Kind, Written } from "./canaries.ts";

const CLIENT = { region: "us-east-1", credentials: LOCAL_CREDENTIALS };

/** The mails are for the person whose data they contain, and their purpose is the link. */
const MAIL_MAY_HOLD: readonly Kind[] = ["personal", "pay token"];
/** The body is the event as Stripe sent it, without client secrets; queues are encrypted. */
const EVENT_MAY_HOLD: readonly Kind[] = ["personal"];

/** Every item of every table. */
export async function writtenToTables(urls: StackUrls): Promise<Written[]> {
  const client = new DynamoDBClient({ ...CLIENT, endpoint: urls.dynamodb });
  const written: Written[] = [];
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  for (const TableName of TableNames) {
    const name = TableName.replace("contractspec-stripe-dev-", "");
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      for (const item of Items) {
        written.push({ source: `table ${name}`, text: JSON.stringify(item) });
      }
    }
  }
  client.destroy();
  return written;
}

/** Definitions, inputs, outputs and histories of all executions. */
export async function writtenToStepFunctions(urls: StackUrls): Promise<Written[]> {
  const client = new SFNClient({ ...CLIENT, endpoint: urls.stepFunctions });
  const written: Written[] = [];
  const keep = (source: string, value: object) => written.push({ source, text: JSON.stringify(value) });
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  for (const { stateMachineArn } of stateMachines) {
    keep("state machine", await client.send(new DescribeStateMachineCommand({ stateMachineArn })));
    const { executions = [] } = await client.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }),
    );
    for (const { executionArn } of executions) {
      keep("execution", await client.send(new DescribeExecutionCommand({ executionArn })));
      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
      );
      for (const event of events) keep("execution history", event);
    }
  }
  client.destroy();
  return written;
}

/** Every message in a queue: its body, and its attributes. */
export async function writtenToQueues(urls: StackUrls): Promise<Written[]> {
  const client = new SQSClient({ ...CLIENT, endpoint: urls.sqs });
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
  const written: Written[] = [];
  for (const url of QueueUrls) {
    const name = url.split("/").at(-1) ?? "";
    for (const { Body = "", ...around } of await messagesIn(client, `${urls.sqs}/000000000000/${name}`)) {
      written.push({ source: `queue ${name}, body`, text: Body, mayHold: EVENT_MAY_HOLD });
      written.push({ source: `queue ${name}, attributes`, text: JSON.stringify(around) });
    }
  }
  client.destroy();
  return written;
}

/** Messages stay hidden for a minute after they are read, so each is returned once. */
async function messagesIn(client: SQSClient, QueueUrl: string): Promise<Message[]> {
  const found: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 60,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      }),
    );
    if (Messages.length === 0) return found;
    found.push(...Messages);
  }
}

/** Every mail, headers included. */
export async function writtenToMailbox(urls: StackUrls): Promise<Written[]> {
  const { emails }: { emails: object[] } = JSON.parse(await (await fetch(`${urls.mailbox}/store`)).text());
  return emails.map((mail) => ({ source: "mailbox", text: JSON.stringify(mail), mayHold: MAIL_MAY_HOLD }));
}
