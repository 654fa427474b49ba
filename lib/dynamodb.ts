/**
 * The only DynamoDB client. Single-item operations with conditions; no transactions, so that the same code runs on
 * DynamoDB, dynalite and LocalStack. A failed condition is an answer (`false`); everything else that goes wrong is a
 * retryable problem, because nothing is known to have been written.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  QueryCommand,
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

/** Numbers are JavaScript's, whatever stands in the table: one that another wrote and that has no exact form must not throw. */
const itemFrom = (attributes: Record<string, AttributeValue>): Item =>
  unmarshall(attributes, { wrapNumbers: Number });

/** The item with this key, read consistently; undefined when there is none. */
export async function getItem(table: string, key: Item): Promise<Item | undefined> {
  const answer = await durable(() =>
    dynamodb().send(new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true })),
  );
  return answer.Item === undefined ? undefined : itemFrom(answer.Item);
}

/** DynamoDB's own limit for one request. */
const BATCH_GET_KEYS = 100;
/** DynamoDB leaves keys out when it throttles; it has then answered nothing at all this many times. */
const BATCH_GET_TRIES = 5;

/** The items with these keys, read consistently, in no order; keys without an item are left out. */
export async function getItems(table: string, keys: readonly Item[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let from = 0; from < keys.length; from += BATCH_GET_KEYS) {
    items.push(...(await getBatch(table, keys.slice(from, from + BATCH_GET_KEYS))));
  }
  return items;
}

async function getBatch(table: string, keys: readonly Item[]): Promise<Item[]> {
  const items: Item[] = [];
  let left = keys.map((key) => marshall(key));
  for (let triesLeft = BATCH_GET_TRIES; left.length > 0; ) {
    const asked = left;
    const answer = await durable(() =>
      dynamodb().send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: asked, ConsistentRead: true } } }),
      ),
    );
    items.push(...(answer.Responses?.[table] ?? []).map(itemFrom));
    left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length === asked.length) triesLeft -= 1;
    if (triesLeft === 0) throw new Problem("SERVICE_UNAVAILABLE", "DynamoDB did not complete the request");
  }
  return items;
}

export interface Query {
  /** On the table's key: equality for its hash, anything for its range. */
  readonly key: Condition;
  readonly descending?: boolean;
  /** At most this many items; DynamoDB ends a page at 1 MB in any case. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: Item;
}

/** One page of the items that share a hash key, by their range key, read consistently. `next` is there when there may be more. */
export async function queryItems(
  table: string,
  query: Query,
): Promise<{ readonly items: Item[]; readonly next?: Item }> {
  const { expression, names, values } = query.key;
  const answer = await durable(() =>
    dynamodb().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: expression,
        ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
        ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
        ...(query.limit === undefined ? {} : { Limit: query.limit }),
        ...(query.after === undefined ? {} : { ExclusiveStartKey: marshall(query.after) }),
        ScanIndexForward: query.descending !== true,
        ConsistentRead: true,
      }),
    ),
  );
  const items = (answer.Items ?? []).map(itemFrom);
  return answer.LastEvaluatedKey === undefined
    ? { items }
    : { items, next: itemFrom(answer.LastEvaluatedKey) };
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
