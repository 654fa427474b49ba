/**
 * The only DynamoDB client. Single-item operations with conditions; no transactions, so that the same code runs on
 * DynamoDB, dynalite and LocalStack. A failed condition is an answer (`false`); everything else that goes wrong is a
 * retryable problem, because nothing is known to have been written.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { Problem } from "./errors.ts";

export type Item = Record<string, unknown>;

export interface Condition {
  readonly expression: string;
  /** Expression attribute names, `#state` -> `state`. */
  readonly names?: Record<string, string>;
  /** Expression attribute values, `:now` -> 1. */
  readonly values?: Item;
}

let client: DynamoDBClient | undefined;
const dynamodb = () => {
  client ??= new DynamoDBClient({ maxAttempts: 3 });
  return client;
};

/** The item with this key, read consistently; undefined when there is none. */
export async function getItem(table: string, key: Item): Promise<Item | undefined> {
  const answer = await durable(() =>
    dynamodb().send(new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true })),
  );
  return answer.Item === undefined ? undefined : unmarshall(answer.Item);
}

/** Every item of the table, in no order. For operators' commands: no role of a function allows it. */
export async function scanTable(table: string): Promise<Item[]> {
  return durable(async () => {
    const items: Item[] = [];
    const pages = paginateScan({ client: dynamodb() }, { TableName: table, ConsistentRead: true });
    for await (const { Items = [] } of pages) items.push(...Items.map((item) => unmarshall(item)));
    return items;
  });
}

/** Puts the item. False when the condition did not hold, and then nothing was written. */
export function putItem(table: string, item: Item, condition?: Condition): Promise<boolean> {
  return conditional(() =>
    dynamodb().send(
      new PutItemCommand({
        TableName: table,
        Item: marshall(item, { removeUndefinedValues: true }),
        ...expressionOf(condition),
      }),
    ),
  );
}

/** Runs an update expression. `condition` also carries the names and values of `update`. False when it did not hold. */
export function updateItem(table: string, key: Item, update: string, condition: Condition): Promise<boolean> {
  return conditional(() =>
    dynamodb().send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(key),
        UpdateExpression: update,
        ...expressionOf(condition),
      }),
    ),
  );
}

/** Deletes the item. False when the condition did not hold. */
export function deleteItem(table: string, key: Item, condition: Condition): Promise<boolean> {
  return conditional(() =>
    dynamodb().send(
      new DeleteItemCommand({ TableName: table, Key: marshall(key), ...expressionOf(condition) }),
    ),
  );
}

function expressionOf(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ...(condition.names === undefined ? {} : { ExpressionAttributeNames: condition.names }),
    ...(condition.values === undefined
      ? {}
      : { ExpressionAttributeValues: marshall(condition.values, { removeUndefinedValues: true }) }),
  };
}

async function conditional(send: () => Promise<unknown>): Promise<boolean> {
  return durable(async () => {
    try {
      await send();
      return true;
    } catch (thrown) {
      if (thrown instanceof ConditionalCheckFailedException) return false;
      throw thrown;
    }
  });
}

async function durable<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", "DynamoDB did not complete the request", { cause });
  }
}
