/** Our tables, event queues, topic and bucket, all empty, at emulators of AWS: for code that runs functions in its own process. */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CONSUMED_QUEUES, type ConsumedQueue, queueUrlVariable } from "../lib/events/event-queues.ts";
import { TABLES, type Table, tableResource, tableVariable } from "../resources/tables.ts";
import type { AwsEndpoints } from "./emulators.ts";
import { LOCAL_CREDENTIALS } from "./local-credentials.ts";
import { tableInput } from "./provision.ts";

/** The names of tables, queues and the bucket. */
export interface AwsNames {
  readonly table: (table: Table) => string;
  readonly queue: (queue: ConsumedQueue) => string;
  /** Of the audit log. */
  readonly archive: string;
}

type Variables = Readonly<Record<string, string>>;

/** Creates everything. Returns the names and URLs, as the functions read them from the environment. */
export async function createEmptyResources(endpoints: AwsEndpoints, names: AwsNames): Promise<Variables> {
  const [tables, queues] = await Promise.all([
    createEmptyTables(endpoints, names),
    createEmptyQueues(endpoints, names),
  ]);
  return { ...tables, ...queues };
}

/** Creates the tables. Returns their names, and the settings that need no resource. */
export async function createEmptyTables(endpoints: AwsEndpoints, names: AwsNames): Promise<Variables> {
  return { ...(await createTables(endpoints.dynamodb, names)), ACCESS_GRACE_DAYS: "7" };
}

/** Creates the event queues, the topic and the bucket, which share an emulator. Returns their URLs, its ARN and its name. */
export async function createEmptyQueues(endpoints: AwsEndpoints, names: AwsNames): Promise<Variables> {
  const [queues, topicArn, bucket] = await Promise.all([
    createQueues(endpoints.sqs, names),
    createTopic(endpoints.sns, "notifications"),
    createBucket(endpoints.s3, names.archive),
  ]);
  return { ...queues, NOTIFICATIONS_TOPIC_ARN: topicArn, AUDIT_ARCHIVE_BUCKET: bucket };
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

/** The bucket's name. The AWS SDK's client would take longer to load than all of this takes. */
async function createBucket(endpoint: string, name: string): Promise<string> {
  const { ok, status } = await fetch(`${endpoint}/${name}`, { method: "PUT" });
  if (!ok) throw new Error(`S3 at ${endpoint} does not create a bucket: ${status}`);
  return name;
}

async function createTopic(endpoint: string, Name: string): Promise<string> {
  const sns = new SNSClient(clientOf(endpoint));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }));
  sns.destroy();
  return String(TopicArn);
}
