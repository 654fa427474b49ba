/**
 * DynamoDB in this process: the operations and expressions that the product uses, item by item as strict as the real one. It keeps
 * every write, for the checker. test/interleavings/dynamodb.test.ts compares it with an emulator, operation by operation.
 *
 * An index shows what the table was a while ago: `lagMs` says how long.
 */

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { fieldsOf, listOf, textOf } from "../../../../lib/untrusted.ts";
import { TABLES, tableId, tableResource } from "../../../../resources/tables.ts";
import { holds, type Item, orderOf, updated, ValidationException, type Values } from "./evaluate.ts";
import { type Condition, parseCondition, parseUpdate, type Update } from "./expression.ts";

export interface Write {
  /** Unix milliseconds of the world. */
  readonly at: number;
  /** The environment and invocation that has sent the request. */
  readonly by: string;
  /** The time by the clock of that environment. */
  readonly clock: number;
  readonly table: string;
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Who has sent a request, and its clock. */
export interface Caller {
  readonly work: string;
  readonly now: () => number;
}

export class ConditionFailed extends Error {
  override name = "ConditionalCheckFailedException";
}

interface Schema {
  readonly hash: string;
  readonly range: string | undefined;
}

interface Index extends Schema {
  readonly isWhole: boolean;
}

interface Version {
  readonly at: number;
  readonly item: Item | undefined;
}

class Table {
  readonly schema: Schema;
  readonly indexes: ReadonlyMap<string, Index>;
  /** Every version of each item, by its key. */
  readonly versions = new Map<string, Version[]>();

  constructor(schema: Schema, indexes: ReadonlyMap<string, Index>) {
    this.schema = schema;
    this.indexes = indexes;
  }
}

/** The parameters of all operations, as far as they are used. */
export interface Input {
  readonly TableName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Values;
  readonly ReturnValues?: string;
  readonly IndexName?: string;
  readonly Limit?: number;
  readonly ScanIndexForward?: boolean;
  readonly ExclusiveStartKey?: Item;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Item[] }>>;
}

export class SimulatedDynamoDB {
  readonly writes: Write[] = [];
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #now: () => number;
  readonly #lagMs: () => number;
  #by: Caller = { work: "", now: () => 0 };

  constructor(now: () => number, lagMs: () => number) {
    this.#now = now;
    this.#lagMs = lagMs;
    this.#tables = new Map(SCHEMAS.map(({ name, schema, indexes }) => [name, new Table(schema, indexes)]));
  }

  /** Runs an operation, such as `PutItem`. Throws ConditionFailed and ValidationException. */
  run(operation: string, input: Input, by: Caller): object {
    this.#by = by;
    switch (operation) {
      case "GetItem":
        return withItem(this.#current(this.#table(input), input.Key ?? {}));
      case "PutItem":
        return this.#put(input);
      case "UpdateItem":
        return this.#update(input);
      case "DeleteItem":
        return this.#delete(input);
      case "BatchGetItem":
        return this.#batchGet(input);
      case "Query":
        return this.#query(input);
      case "Scan":
        return this.#scan(input);
      default:
        throw new Error(`The simulated DynamoDB has no operation ${operation}`);
    }
  }

  /** All items of a table, as plain attribute values. */
  items(tableName: string): Item[] {
    const table = this.#table({ TableName: tableName });
    return [...table.versions.values()].flatMap((versions): Item[] => listed(versions.at(-1)?.item));
  }

  #table({ TableName = "" }: Input): Table {
    const table = this.#tables.get(TableName);
    if (table === undefined) throw new Error(`There is no table ${TableName}`);
    return table;
  }

  #current(table: Table, key: Item): Item | undefined {
    return table.versions.get(keyOf(table.schema, key))?.at(-1)?.item;
  }

  #write(input: Input, table: Table, key: Item, after: Item | undefined): void {
    const id = keyOf(table.schema, key);
    const before = this.#current(table, key);
    const version = { at: this.#now(), item: after };
    const versions = table.versions.get(id);
    if (versions === undefined) table.versions.set(id, [version]);
    // Only an index shows an earlier version.
    else if (table.indexes.size > 0) versions.push(version);
    else versions[0] = version;
    this.writes.push({
      at: version.at,
      by: this.#by.work,
      clock: this.#by.now(),
      table: input.TableName ?? "",
      key: id,
      before,
      after,
    });
  }

  #check(input: Input, item: Item | undefined): void {
    const { ConditionExpression: text, ExpressionAttributeNames: names = {} } = input;
    if (text === undefined) return;
    const values = input.ExpressionAttributeValues ?? {};
    if (!holds(conditionOf(text, names), item ?? {}, values))
      throw new ConditionFailed("The conditional request failed");
  }

  #put(input: Input): object {
    const table = this.#table(input);
    const item = input.Item ?? {};
    const before = this.#current(table, item);
    this.#check(input, before);
    this.#write(input, table, item, item);
    return input.ReturnValues === "ALL_OLD" && before !== undefined ? { Attributes: before } : {};
  }

  #update(input: Input): object {
    const table = this.#table(input);
    const key = input.Key ?? {};
    const before = this.#current(table, key);
    this.#check(input, before);
    const { UpdateExpression: text = "", ExpressionAttributeNames: names = {} } = input;
    const { item, changed } = updated(
      before ?? key,
      updateOf(text, names),
      input.ExpressionAttributeValues ?? {},
    );
    this.#write(input, table, key, item);
    return input.ReturnValues === "UPDATED_NEW" && Object.keys(changed).length > 0
      ? { Attributes: changed }
      : {};
  }

  #delete(input: Input): object {
    const table = this.#table(input);
    const key = input.Key ?? {};
    const before = this.#current(table, key);
    this.#check(input, before);
    if (before !== undefined) this.#write(input, table, key, undefined);
    return {};
  }

  #batchGet({ RequestItems = {} }: Input): object {
    const Responses = Object.fromEntries(
      Object.entries(RequestItems).map(([TableName, { Keys }]) => {
        const table = this.#table({ TableName });
        return [TableName, Keys.flatMap((key): Item[] => listed(this.#current(table, key)))];
      }),
    );
    return { Responses, UnprocessedKeys: {} };
  }

  #scan(input: Input): object {
    const { schema } = this.#table(input);
    return page(this.items(input.TableName ?? ""), input, (item) => keysOf(item, [schema]));
  }

  #query(input: Input): object {
    const table = this.#table(input);
    const index = input.IndexName === undefined ? undefined : table.indexes.get(input.IndexName);
    if (input.IndexName !== undefined && index === undefined)
      throw new ValidationException(`The table does not have the index ${input.IndexName}`);
    const schema = index ?? table.schema;
    const asOf = index === undefined ? Number.POSITIVE_INFINITY : this.#now() - this.#lagMs();
    const { KeyConditionExpression: text = "", ExpressionAttributeNames: names = {} } = input;
    const condition = conditionOf(text, names);
    const values = input.ExpressionAttributeValues ?? {};
    const found = [...table.versions.values()]
      .flatMap((versions): Item[] => listed(versions.findLast(({ at }) => at <= asOf)?.item))
      .filter(
        (item) =>
          item[schema.hash] !== undefined && (schema.range === undefined || item[schema.range] !== undefined),
      )
      .filter((item) => holds(condition, item, values))
      .toSorted((a, b) => byRange(a, b, schema, table.schema));
    if (input.ScanIndexForward === false) found.reverse();
    const shown = found.map((item) =>
      index === undefined || index.isWhole ? item : keysOf(item, [table.schema, index]),
    );
    return page(shown, input, (item) => keysOf(item, [table.schema, schema]));
  }
}

/** A page after ExclusiveStartKey, with at most Limit items. */
function page(
  items: readonly Item[],
  { Limit, ExclusiveStartKey: start }: Input,
  keys: (item: Item) => Item,
): object {
  const from = start === undefined ? 0 : items.findIndex((item) => sameKeys(keys(item), start)) + 1;
  const shown = items.slice(from, Limit === undefined ? undefined : from + Limit);
  const last = shown.at(-1);
  const isCut = Limit !== undefined && shown.length === Limit && last !== undefined;
  return { Items: shown, ...(isCut ? { LastEvaluatedKey: keys(last) } : {}) };
}

const sameKeys = (a: Item, b: Item): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (item: Item) => Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1));

function byRange(a: Item, b: Item, { range }: Schema, table: Schema): number {
  const order = range === undefined ? 0 : (orderOf(a[range], b[range]) ?? 0);
  return order === 0 ? (keyOf(table, a) < keyOf(table, b) ? -1 : 1) : order;
}

function keysOf(item: Item, schemas: readonly Schema[]): Item {
  const names = schemas.flatMap(({ hash, range }) => (range === undefined ? [hash] : [hash, range]));
  return Object.fromEntries(
    names.flatMap((name): [string, AttributeValue][] => {
      const value = item[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function keyOf({ hash, range }: Schema, item: Item): string {
  const text = (name: string) => {
    const value = item[name];
    const shown = value?.S ?? value?.N;
    if (shown === undefined) throw new ValidationException(`The key ${name} is missing`);
    return shown;
  };
  return range === undefined ? text(hash) : `${text(hash)} ${text(range)}`;
}

const listed = (item: Item | undefined): Item[] => (item === undefined ? [] : [item]);
const withItem = (item: Item | undefined) => (item === undefined ? {} : { Item: item });

const SCHEMAS = TABLES.map((table) => {
  const { KeySchema, GlobalSecondaryIndexes } = fieldsOf(tableResource(table).Properties);
  return {
    name: tableId(table),
    schema: schemaIn(KeySchema),
    indexes: new Map(
      listOf(GlobalSecondaryIndexes).map((index): [string, Index] => {
        const { IndexName, KeySchema: schema, Projection } = fieldsOf(index);
        return [
          String(IndexName),
          { ...schemaIn(schema), isWhole: fieldsOf(Projection).ProjectionType === "ALL" },
        ];
      }),
    ),
  };
});

function schemaIn(schema: unknown): Schema {
  const [hash, range] = listOf(schema).map((part) => textOf(fieldsOf(part).AttributeName));
  return { hash: hash ?? "", range };
}

const conditions = new Map<string, Condition>();
const updates = new Map<string, Update>();

function conditionOf(text: string, names: Readonly<Record<string, string>>): Condition {
  return remembered(conditions, text, names, parseCondition);
}

function updateOf(text: string, names: Readonly<Record<string, string>>): Update {
  return remembered(updates, text, names, parseUpdate);
}

function remembered<T>(
  known: Map<string, T>,
  text: string,
  names: Readonly<Record<string, string>>,
  parse: (text: string, names: Readonly<Record<string, string>>) => T,
): T {
  const id = `${text} ${Object.entries(names).join()}`;
  const parsed = known.get(id) ?? parse(text, names);
  known.set(id, parsed);
  return parsed;
}
