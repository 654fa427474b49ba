/**
 * DynamoDB, SQS, SNS and SES for one test file after the other. It runs outside the sandbox that Jest makes for each
 * file (see given.ts). So the emulators and the clients that fill them are loaded only once in each of Jest's
 * processes, which saves a second of CPU for each of sixty files. Every file gets empty emulators on new ports.
 */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CONSUMED_QUEUES, type ConsumedQueue, queueUrlVariable } from "../../lib/events/event-queues.ts";
import { type AwsEndpoints, type Emulators, startEmulators } from "../../local/emulators.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { tableInput } from "../../local/provision.ts";
import { TABLES, type Table, tableResource, tableVariable } from "../../resources/tables.ts";

/** The names of tables and queues. */
export interface AwsNames {
  readonly table: (table: Table) => string;
  readonly queue: (queue: ConsumedQueue) => string;
}

export interface WarmAws {
  readonly endpoints: AwsEndpoints;
  /** The names and URLs of tables, queues and topic, as the functions read them from the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

let running: Promise<Emulators> | undefined;

/** Emulators that contain the tables of resources/tables.ts, the event queues and a topic, all empty. */
export async function freshAws(names: AwsNames): Promise<WarmAws> {
  running = running === undefined ? startEmulators() : running.then((emulators) => emulators.renew());
  const { endpoints } = await running;
  const [tables, queues, topicArn] = await Promise.all([
    createTables(endpoints.dynamodb, names),
    createQueues(endpoints.sqs, names),
    createTopic(endpoints.sns, "notifications"),
  ]);
  return {
    endpoints,
    variables: { ...tables, ...queues, NOTIFICATIONS_TOPIC_ARN: topicArn, ACCESS_GRACE_DAYS: "7" },
  };
}

const clientOf = (endpoint: string) => ({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });

async function createTables(endpoint: string, names: AwsNames): Promise<Record<string, string>> {
  const dynamodb = new DynamoDBClient(clientOf(endpoint));
  const variables: Record<string, string> = {};
  for (const table of TABLES) {
    const TableName = names.table(table);
    await dynamodb.send(new CreateTableCommand(tableInput(TableName, tableResource(table).Properties)));
    variables[tableVariable(table)] = TableName;
  }
  dynamodb.destroy();
  return variables;
}

async function createQueues(endpoint: string, names: AwsNames): Promise<Record<string, string>> {
  const sqs = new SQSClient(clientOf(endpoint));
  const variables: Record<string, string> = {};
  for (const queue of CONSUMED_QUEUES) {
    await sqs.send(new CreateQueueCommand({ QueueName: names.queue(queue) }));
    await sqs.send(new CreateQueueCommand({ QueueName: `${names.queue(queue)}-dead-letter` }));
    // Not the URL in the response, because its host name is known only to a resolver of the emulator.
    variables[queueUrlVariable(queue)] = `${endpoint}/000000000000/${names.queue(queue)}`;
  }
  sqs.destroy();
  return variables;
}

async function createTopic(endpoint: string, Name: string): Promise<string> {
  const sns = new SNSClient(clientOf(endpoint));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }));
  sns.destroy();
  return String(TopicArn);
}
