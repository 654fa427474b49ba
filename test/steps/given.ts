/** What tests start from: real embedded services, and Lambda's events and contexts. */

import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { EVENT_QUEUES, type EventQueue, queueUrlVariable } from "../../lib/events/event-queues.ts";
import { present } from "../../lib/present.ts";
import { type Emulators, startEmulators } from "../../local/emulators.ts";
import { tableInput } from "../../local/provision.ts";
import {
  TABLES,
  type Table,
  tableId,
  tableName,
  tableResource,
  tableVariable,
} from "../../resources/tables.ts";

/** What tables and queues are called. */
interface Names {
  readonly table: (table: Table) => string;
  readonly queue: (queue: EventQueue) => string;
}

const SHORT_NAMES: Names = { table: tableId, queue: (queue) => queue };

/** The names that serverless.yml gives them on the stage dev: for commands, which look for them there. */
export const DEPLOYED_NAMES: Names = {
  table: (table) => tableName(table, "contractspec-stripe", "dev"),
  queue: (queue) => `contractspec-stripe-dev-${queue}-events`,
};

/**
 * DynamoDB, SQS and SES on ports of their own, with the tables of resources/tables.ts and the queues' queues, each
 * with its dead-letter queue; the environment of this process points at them. Close it after the tests.
 */
export async function localAws(names = SHORT_NAMES): Promise<Emulators> {
  const emulators = await startEmulators();
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: emulators.endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: emulators.endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: emulators.endpoints.sns,
    AWS_ENDPOINT_URL_SES: emulators.endpoints.ses,
    APP_SECRET: "app-secret-of-the-tests",
    STAGE: "dev",
    AUDIT_RETENTION_DAYS: "400",
    FOLLOW_UP_DAYS: "1,3,5",
    ADMIN_ATTEMPTS: "3",
  });
  await createTables(names);
  await createQueues(emulators.endpoints.sqs, names);
  process.env.NOTIFICATIONS_TOPIC_ARN = await createTopic("notifications");
  return emulators;
}

async function createTables(names: Names): Promise<void> {
  const dynamodb = new DynamoDBClient({});
  for (const table of TABLES) {
    const TableName = names.table(table);
    await dynamodb.send(
      new CreateTableCommand(tableInput(TableName, tableResource(table, TableName).Properties)),
    );
    process.env[tableVariable(table)] = TableName;
  }
  dynamodb.destroy();
}

async function createQueues(endpoint: string, names: Names): Promise<void> {
  const sqs = new SQSClient({});
  for (const queue of EVENT_QUEUES) {
    await sqs.send(new CreateQueueCommand({ QueueName: names.queue(queue) }));
    await sqs.send(new CreateQueueCommand({ QueueName: `${names.queue(queue)}-dead-letter` }));
    // Not the answered URL: its host name is one that only a resolver of its own knows.
    process.env[queueUrlVariable(queue)] = `${endpoint}/000000000000/${names.queue(queue)}`;
  }
  sqs.destroy();
}

async function createTopic(name: string): Promise<string | undefined> {
  const sns = new SNSClient({});
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
  sns.destroy();
  return TopicArn;
}

/** Lambda's context with this much time left. */
export function lambdaContext(remainingMs = 10_000): Context {
  const endsAt = Date.now() + remainingMs;
  const nothing = () => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "test",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:test",
    memoryLimitInMB: "512",
    awsRequestId: "request-of-the-test",
    logGroupName: "test",
    logStreamName: "test",
    getRemainingTimeInMillis: () => endsAt - Date.now(),
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}

export interface HttpCall {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON; a string or bytes as they are. */
  readonly body?: object | string | Buffer;
  readonly base64?: boolean;
  readonly pathParameters?: Record<string, string>;
  /** What the authorizer answered; admin when left out, nobody when null. */
  readonly authorizer?: Record<string, unknown> | null | undefined;
}

/** An HTTP API event, payload 2.0, as API Gateway sends it. */
export function httpEvent(call: HttpCall = {}): APIGatewayProxyEventV2 {
  const json = call.body !== undefined && typeof call.body === "object" && !Buffer.isBuffer(call.body);
  const bytes = Buffer.isBuffer(call.body)
    ? call.body
    : Buffer.from(json ? JSON.stringify(call.body) : String(call.body ?? ""));
  const path = call.path ?? "/";
  const method = call.method ?? "POST";
  const authorizer =
    call.authorizer === undefined ? { principalId: "tester", roles: '["admin"]' } : call.authorizer;
  return {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers: { ...(json ? { "content-type": "application/json" } : {}), ...call.headers },
    ...present({ pathParameters: call.pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
      requestId: "request-of-the-test",
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: "24/Nov/2026:00:00:00 +0000",
      timeEpoch: 1_795_478_400_000,
      ...(authorizer === null ? {} : { authorizer: { lambda: authorizer } }),
    },
    body: bytes.toString(call.base64 ? "base64" : "utf8"),
    isBase64Encoded: call.base64 ?? false,
  };
}
