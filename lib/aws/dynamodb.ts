/**
 * The only DynamoDB client. Single-item operations with conditions; no transactions, so that the same code runs on
 * DynamoDB, dynalite and LocalStack. A failed condition is a result (`false`). Any other failure is a
 * retryable problem, because it is not known whether anything was written.
 */

import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { fromAttributes, toAttributes } from "./attribute-values.ts";
import { LEAN } from "./lean-client.ts";
import { orUnavailable } from "./or-unavailable.ts";
import { LIMITS, limitedTo } from "./timeouts.ts";

export type Item = Record<string, unknown>;

export interface Condition {
  /** Left out of an update that always holds. */
  readonly expression?: string;
  /** Expression attribute names, `#state` -> `state`. */
  readonly names?: Record<string, string>;
  /** Expression attribute values, `:now` -> 1. */
  readonly values?: Item;
}

const NOT_COMPLETED = "DynamoDB did not complete the request";

let client: DynamoDBClient | undefined;
const dynamodb = () => {
  if (client === undefined) {
    client = new DynamoDBClient({ ...limitedTo(LIMITS.dynamodb), ...LEAN });
    // It would copy all inputs and outputs for a logger that the client does not have.
    client.middlewareStack.remove("loggerMiddleware");
  }
  return client;
};

/** The item with this key, read consistently; undefined if it does not exist. */
export async function getItem(table: string, key: Item): Promise<Item | undefined> {
  const answer = await sent(() =>
    dynamodb().send(new GetItemCommand({ TableName: table, Key: toAttributes(key), ConsistentRead: true })),
  );
  return answer.Item === undefined ? undefined : fromAttributes(answer.Item);
}

/** DynamoDB's own limit for one request. */
const BATCH_GET_KEYS = 100;
/** DynamoDB leaves keys out when it throttles. Give up after this many responses with no items at all. */
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
  let left = keys.map((key) => toAttributes(key));
  for (let triesLeft = BATCH_GET_TRIES; left.length > 0; ) {
    const asked = left;
    const answer = await sent(() =>
      dynamodb().send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: asked, ConsistentRead: true } } }),
      ),
    );
    items.push(...(answer.Responses?.[table] ?? []).map(fromAttributes));
    left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length === asked.length) triesLeft -= 1;
    if (triesLeft === 0) throw new Problem("SERVICE_UNAVAILABLE", NOT_COMPLETED);
  }
  return items;
}

export interface Query {
  /** On the table's key: equality for its hash, any condition for its range. */
  readonly key: Condition;
  /** An index of the table, which is not read consistently. */
  readonly index?: string;
  readonly descending?: boolean;
  /** At most this many items; DynamoDB ends a page at 1 MB in any case. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: Item;
}

/**
 * One page of the items that share a hash key, by their range key. The table is read consistently, an index is not. `next`
 * is present if there may be more.
 */
export async function queryItems(
  table: string,
  query: Query,
): Promise<{ readonly items: Item[]; readonly next?: Item }> {
  const { expression, names, values } = query.key;
  const answer = await sent(() =>
    dynamodb().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: expression,
        ...present({
          IndexName: query.index,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values && toAttributes(values),
          Limit: query.limit,
          ExclusiveStartKey: query.after && toAttributes(query.after),
        }),
        ScanIndexForward: query.descending !== true,
        ConsistentRead: query.index === undefined,
      }),
    ),
  );
  const items = (answer.Items ?? []).map(fromAttributes);
  return answer.LastEvaluatedKey === undefined
    ? { items }
    : { items, next: fromAttributes(answer.LastEvaluatedKey) };
}

/** One page of the table, in no order, read consistently. `next` is present if there may be more. */
export async function scanPage(
  table: string,
  page: { readonly limit?: number; readonly after?: Item | undefined },
): Promise<{ readonly items: Item[]; readonly next?: Item }> {
  const answer = await sent(() =>
    dynamodb().send(
      new ScanCommand({
        TableName: table,
        ...present({ Limit: page.limit, ExclusiveStartKey: page.after && toAttributes(page.after) }),
        ConsistentRead: true,
      }),
    ),
  );
  const items = (answer.Items ?? []).map(fromAttributes);
  return answer.LastEvaluatedKey === undefined
    ? { items }
    : { items, next: fromAttributes(answer.LastEvaluatedKey) };
}

/** Every item of the table, in no order. For operators' commands: it would take too long in a function. */
export async function scanTable(table: string): Promise<Item[]> {
  return sent(async () => {
    const items: Item[] = [];
    const pages = paginateScan({ client: dynamodb() }, { TableName: table, ConsistentRead: true });
    for await (const { Items = [] } of pages) items.push(...Items.map(fromAttributes));
    return items;
  });
}

/** Puts the item. Returns false, and writes nothing, if the condition did not hold. */
export async function putItem(table: string, item: Item, condition?: Condition): Promise<boolean> {
  return (await replaceItem(table, item, condition)) !== undefined;
}

/** Puts the item and returns the previous item. Undefined if the condition did not hold. */
export async function replaceItem(
  table: string,
  item: Item,
  condition?: Condition,
): Promise<{ readonly before: Item | undefined } | undefined> {
  const answer = await conditional(() =>
    dynamodb().send(
      new PutItemCommand({
        TableName: table,
        Item: toAttributes(item),
        ReturnValues: "ALL_OLD",
        ...expressionOf(condition),
      }),
    ),
  );
  if (answer === undefined) return undefined;
  return { before: answer.Attributes === undefined ? undefined : fromAttributes(answer.Attributes) };
}

/** Runs an update expression. `condition` also carries the names and values of `update`. False if it did not hold. */
export async function updateItem(
  table: string,
  key: Item,
  update: string,
  condition: Condition,
): Promise<boolean> {
  return (await updateAndRead(table, key, update, condition)) !== undefined;
}

/** Runs an update expression and returns the attributes it changed. Undefined if the condition did not hold. */
export async function updateAndRead(
  table: string,
  key: Item,
  update: string,
  condition: Condition,
): Promise<Item | undefined> {
  const answer = await conditional(() =>
    dynamodb().send(
      new UpdateItemCommand({
        TableName: table,
        Key: toAttributes(key),
        UpdateExpression: update,
        ReturnValues: "UPDATED_NEW",
        ...expressionOf(condition),
      }),
    ),
  );
  return answer === undefined ? undefined : fromAttributes(answer.Attributes ?? {});
}

/** Deletes the item. False if the condition did not hold. */
export async function deleteItem(table: string, key: Item, condition: Condition): Promise<boolean> {
  const answer = await conditional(() =>
    dynamodb().send(
      new DeleteItemCommand({ TableName: table, Key: toAttributes(key), ...expressionOf(condition) }),
    ),
  );
  return answer !== undefined;
}

/** Turns TTL off: no item of the table expires until somebody turns it on again. It may be off already. */
export async function stopExpiry(table: string): Promise<void> {
  await sent(async () => {
    try {
      await dynamodb().send(
        new UpdateTimeToLiveCommand({
          TableName: table,
          TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: false },
        }),
      );
    } catch (thrown) {
      const isOff = thrown instanceof Error && /TimeToLive is already disabled/i.test(thrown.message);
      if (!isOff) throw thrown;
    }
  });
}

function expressionOf(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return {
    ...present({ ConditionExpression: condition.expression, ExpressionAttributeNames: condition.names }),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: toAttributes(condition.values) }),
  };
}

async function conditional<T>(send: () => Promise<T>): Promise<T | undefined> {
  return sent(async () => {
    try {
      return await send();
    } catch (thrown) {
      if (thrown instanceof ConditionalCheckFailedException) return undefined;
      throw thrown;
    }
  });
}

const sent = <T>(send: () => Promise<T>): Promise<T> => orUnavailable(NOT_COMPLETED, send);
