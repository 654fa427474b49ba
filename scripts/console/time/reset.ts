/**
 * Empties the running local stack in place: tables, queues, mailbox, emulator, runs, log and clock. API keys stay, and so does what
 * the audit log says about operators: also that this was done.
 */
import { readdirSync, truncateSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import {
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { ListQueuesCommand, PurgeQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Problem } from "../../../lib/errors.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { logFileOf } from "../../../local/logs/log-file.ts";
import type { StackSettings } from "../../../local/settings.ts";
import { localTableName, TABLES, type Table } from "../../../resources/tables.ts";
import { serviceName } from "../../target.ts";
import type { ConsoleContext } from "../server/route.ts";
import { readClock } from "./clock.ts";
import { takeBackFaults } from "./faults.ts";
import { control, localOf } from "./stack-control.ts";

/** Of DynamoDB. */
const BATCH = 25;
const ATTEMPTS = 10;

/** Throws CONFLICT while the clock moves, and NOT_IMPLEMENTED if the stack uses services that are not its own. */
export async function resetStack(context: ConsoleContext): Promise<{ readonly items: number }> {
  const local = localOf(context);
  if (!local.embedsAws || !local.embedsStripe)
    throw new Problem(
      "NOT_IMPLEMENTED",
      "This stack uses services that are not its own: nothing is removed there",
    );
  if ((await readClock(context)).moving !== undefined)
    throw new Problem("CONFLICT", "The clock moves: wait until it is there");
  await takeBackFaults(context);
  await stopRuns(local);
  await control(`${local.stripeEmulatorUrl}/_emulator/reset`, { method: "POST" });
  await emptyQueues(local);
  const items = await emptyTables(local);
  await fetch(`${local.endpoints.ses}/clear-store`, { method: "POST" });
  // Functions remember how far their part of the audit log goes, and what they have read.
  await control(`${local.lambdaUrl}/_functions/renew`, { method: "POST" });
  emptyLog(local);
  context.journal.clear();
  // What was under way, such as the record of a run that was stopped, has been written by now.
  return { items: items + (await emptyTables(local)) };
}

async function emptyTables(local: StackSettings): Promise<number> {
  const tables = TABLES.filter((table) => table !== "apiKeys");
  const counts = await Promise.all(tables.map((table) => emptyTable(local, table)));
  return counts.reduce((sum, count) => sum + count, 0);
}

const clientOf = (endpoint: string, { region }: StackSettings) => ({
  endpoint,
  region,
  credentials: LOCAL_CREDENTIALS,
});

async function stopRuns(local: StackSettings): Promise<void> {
  const client = new SFNClient(clientOf(local.stepFunctionsUrl, local));
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  for (const { stateMachineArn } of stateMachines) {
    const { executions = [] } = await client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING", maxResults: 1000 }),
    );
    for (const { executionArn } of executions)
      await client.send(
        new StopExecutionCommand({ executionArn, error: "Reset", cause: "The stack was reset" }),
      );
  }
  client.destroy();
}

async function emptyQueues(local: StackSettings): Promise<void> {
  const client = new SQSClient(clientOf(local.endpoints.sqs, local));
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
  for (const url of QueueUrls) {
    // The host name in it is known only to a resolver of the emulator.
    const QueueUrl = `${local.endpoints.sqs}${new URL(url).pathname}`;
    await client.send(new PurgeQueueCommand({ QueueUrl }));
  }
  client.destroy();
}

/** Returns the number of items that were removed. */
async function emptyTable(local: StackSettings, table: Table): Promise<number> {
  const client = new DynamoDBClient(clientOf(local.endpoints.dynamodb, local));
  const TableName = localTableName(table, serviceName(), "dev");
  const { Table: description } = await client.send(new DescribeTableCommand({ TableName }));
  const names = (description?.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []);
  const items: Record<string, Item>[] = [];
  let start: Record<string, Item> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName,
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  const removed = table === "auditLog" ? withoutOperators(items) : items;
  const deletions = removed.map((item) => ({
    DeleteRequest: {
      Key: Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name))),
    },
  }));
  for (let from = 0; from < deletions.length; from += BATCH)
    await deleteBatch(client, TableName, deletions.slice(from, from + BATCH));
  client.destroy();
  return removed.length;
}
type Item = NonNullable<NonNullable<WriteRequest["PutRequest"]>["Item"]>[string];

async function deleteBatch(client: DynamoDBClient, table: string, deletions: WriteRequest[]): Promise<void> {
  let left = deletions;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) throw new Problem("SERVICE_UNAVAILABLE", `DynamoDB does not empty ${table}`);
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: left } }),
    );
    left = UnprocessedItems?.[table] ?? [];
  }
}

/**
 * Whole chains stay, or `npm run audit -- verify` would find a gap: those that have an operator's entry. Those of days that are ahead
 * now go, too.
 */
function withoutOperators(items: readonly Record<string, Item>[]): Record<string, Item>[] {
  const today = new Date().toISOString();
  const isOperators = ({ eventType, timestamp }: Record<string, Item>) =>
    eventType?.S === "operator.acted" && (timestamp?.S ?? "") <= today;
  const writerOf = (item: Record<string, Item>) =>
    item.writer?.S ?? (item.partition?.S?.startsWith("heads#") ? item.sort?.S : undefined);
  const kept = new Set(items.filter(isOperators).map(writerOf));
  return items.filter((item) => !kept.has(writerOf(item)));
}

/** The stack goes on writing to the same file. */
function emptyLog({ ports }: StackSettings): void {
  const file = logFileOf(process.cwd(), ports.PORT);
  for (const name of readdirSync(dirname(file)))
    if (name === basename(file) || name === `${basename(file)}.old`) truncateSync(join(dirname(file), name));
}
