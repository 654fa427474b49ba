/** The simulated DynamoDB against an emulator over HTTP: the same operations have the same results. */
import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { tries } from "../steps/effort.ts";
import * as given from "../steps/given.ts";
import { type Input, SimulatedDynamoDB } from "./services/dynamodb/dynamodb.ts";

const RUNS = tries({ sample: 40, whole: 1_000 });
/** Hash and range are text. */
const TABLE = "AuditLogTable";

given.localAws();
let client: DynamoDBClient;
beforeAll(() => {
  client = new DynamoDBClient({});
});
afterAll(() => client.destroy());

const NAMES = { "#n": "amount", "#t": "text", "#s": "set", "#m": "map", "#x": "inner" };

const number = fc.integer({ min: -2, max: 3 }).map((value): AttributeValue => ({ N: String(value) }));
const textOf = (...texts: string[]) =>
  fc.constantFrom(...texts).map((value): AttributeValue => ({ S: value }));
const text = textOf("", "a", "ab", "b");
const set = fc
  .uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 })
  .map((values): AttributeValue => ({ SS: values }));
const map = fc.record({ inner: number }).map((fields): AttributeValue => ({ M: fields }));
const attribute = fc.oneof(number, text, set, map);

// For the emulator, an empty text is never IN a list, and no map equals another.
const values = fc.record({
  ":c": fc.oneof(number, text, set),
  ":n": number,
  ":m": number,
  ":t": textOf("a", "ab", "b"),
  ":s": set,
  ":any": attribute,
});

const path = fc.constantFrom("#n", "#t", "#s", "#m", "#m.#x", "amount");
// Sets have no order: DynamoDB refuses to compare them by size, and the emulator does not.
const comparison = fc
  .oneof(
    fc.tuple(path, fc.constantFrom("=", "<>"), fc.constantFrom(":n", ":t", ":c")),
    fc.tuple(path, fc.constantFrom("<", "<=", ">", ">="), fc.constantFrom(":n", ":t")),
  )
  .map((parts) => parts.join(" "));
const condition = fc.letrec<{ any: string; simple: string }>((tie) => ({
  simple: fc.oneof(
    comparison,
    path.map((of) => `attribute_exists(${of})`),
    path.map((of) => `attribute_not_exists(${of})`),
    fc.constantFrom("contains(#s, :t)", "contains(#t, :t)", "begins_with(#t, :t)"),
    fc.constantFrom("#n IN (:n, :m)", "#t IN (:t)", "#n BETWEEN :n AND :n"),
  ),
  any: fc.oneof(
    { weight: 3, arbitrary: tie("simple") },
    fc
      .tuple(tie("simple"), fc.constantFrom("AND", "OR"), tie("any"))
      .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
    tie("simple").map((of) => `NOT (${of})`),
  ),
})).any;

const update = fc.constantFrom(
  "SET #n = :n",
  "SET #n = :n, #t = :t REMOVE #s",
  "SET #n = if_not_exists(#n, :n)",
  "SET #m.#x = :n",
  "ADD #n :n",
  "ADD #s :s",
  "ADD #n :n, #s :s SET #t = if_not_exists(#t, :t)",
  "DELETE #s :s",
  "REMOVE #n, #t",
  "SET #t = :any",
);

const range = fc.constantFrom("1", "2", "3");

interface Operation {
  readonly name: string;
  /** For an item of this partition. */
  readonly input: (partition: string) => Input;
}

const keyOf = (partition: string, sort: string) => ({ partition: { S: partition }, sort: { S: sort } });

/** Only those names and values that the expressions use: DynamoDB refuses others. */
function used(expressions: readonly (string | undefined)[], given: Readonly<Record<string, AttributeValue>>) {
  const all = expressions.join(" ");
  const of = <T>(fields: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => new RegExp(`${name}\\b`).test(all)));
  const names = of(NAMES);
  const chosen = of(given);
  return {
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(chosen).length === 0 ? {} : { ExpressionAttributeValues: chosen }),
  };
}

const conditional = fc.option(condition, { nil: undefined });
const withCondition = (expression: string | undefined) =>
  expression === undefined ? {} : { ConditionExpression: expression };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc
    .tuple(range, fc.record({ amount: number, text, set, map }, { requiredKeys: [] }), conditional, values)
    .map(
      ([sort, fields, expression, chosen]): Operation => ({
        name: "PutItem",
        input: (partition) => ({
          ...{ TableName: TABLE, Item: { ...keyOf(partition, sort), ...fields }, ReturnValues: "ALL_OLD" },
          ...withCondition(expression),
          ...used([expression], chosen),
        }),
      }),
    ),
  fc.tuple(range, update, conditional, values).map(
    ([sort, change, expression, chosen]): Operation => ({
      name: "UpdateItem",
      input: (partition) => ({
        ...{
          TableName: TABLE,
          Key: keyOf(partition, sort),
          ReturnValues: "UPDATED_NEW",
          UpdateExpression: change,
        },
        ...withCondition(expression),
        ...used([change, expression], chosen),
      }),
    }),
  ),
  fc.tuple(range, conditional, values).map(
    ([sort, expression, chosen]): Operation => ({
      name: "DeleteItem",
      input: (partition) => ({
        ...{ TableName: TABLE, Key: keyOf(partition, sort) },
        ...withCondition(expression),
        ...used([expression], chosen),
      }),
    }),
  ),
  range.map(
    (sort): Operation => ({
      name: "GetItem",
      input: (partition) => ({ TableName: TABLE, Key: keyOf(partition, sort) }),
    }),
  ),
  fc
    .tuple(
      fc.constantFrom("", " AND sort > :from", " AND begins_with(sort, :from)"),
      fc.boolean(),
      fc.option(fc.constantFrom(1, 2), { nil: undefined }),
    )
    .map(
      ([more, isForward, limit]): Operation => ({
        name: "Query",
        input: (partition) => ({
          ...{ TableName: TABLE, KeyConditionExpression: `#p = :p${more}`, ScanIndexForward: isForward },
          ExpressionAttributeNames: { "#p": "partition" },
          ExpressionAttributeValues: {
            ":p": { S: partition },
            ...(more === "" ? {} : { ":from": { S: "1" } }),
          },
          ...(limit === undefined ? {} : { Limit: limit }),
        }),
      }),
    ),
);

const COMMANDS: Readonly<Record<string, (input: object) => Promise<object>>> = {
  PutItem: (input) => client.send(Reflect.construct(PutItemCommand, [input])),
  UpdateItem: (input) => client.send(Reflect.construct(UpdateItemCommand, [input])),
  DeleteItem: (input) => client.send(Reflect.construct(DeleteItemCommand, [input])),
  GetItem: (input) => client.send(Reflect.construct(GetItemCommand, [input])),
  Query: (input) => client.send(Reflect.construct(QueryCommand, [input])),
};

/** What the caller sees, without what depends on the connection. Sets have no order. */
async function outcome(run: () => Promise<object> | object): Promise<unknown> {
  try {
    const { Item, Items, Attributes, LastEvaluatedKey }: Record<string, unknown> = { ...(await run()) };
    // An update that only removes attributes returns none, or no attributes: both mean the same.
    const shown = Object.keys(Object(Attributes)).length === 0 ? undefined : Attributes;
    return JSON.parse(JSON.stringify({ Item, Items, Attributes: shown, LastEvaluatedKey }), (name, value) =>
      name === "SS" && Array.isArray(value) ? value.toSorted() : value,
    );
  } catch (thrown) {
    return thrown instanceof Error ? thrown.name : thrown;
  }
}

describe("given the same operations", () => {
  it("the simulated DynamoDB and an emulator have the same results", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 12 }), async (operations) => {
        const simulated = new SimulatedDynamoDB(Date.now, () => 0);
        const partition = randomUUID();
        for (const { name, input } of operations) {
          const wanted = input(partition);
          const real = await outcome(() => COMMANDS[name]?.(wanted) ?? {});
          const ours = await outcome(() => simulated.run(name, wanted, { work: "test", now: Date.now }));
          expect({ name, wanted, result: ours }).toEqual({ name, wanted, result: real });
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("given an index", () => {
  const record = (objectId: string, stateOf: string) => ({
    objectId: { S: objectId },
    stateOf: { S: stateOf },
  });
  const query = {
    ...{ TableName: "StripeObjectsTable", IndexName: "by-customer", KeyConditionExpression: "stateOf = :of" },
    ExpressionAttributeValues: { ":of": { S: "cus_1" } },
  };

  it("it shows what the table was as long ago as the world says", () => {
    let now = 1_000;
    let lagMs = 0;
    const simulated = new SimulatedDynamoDB(
      () => now,
      () => lagMs,
    );
    const caller = { work: "test", now: () => now };
    simulated.run("PutItem", { TableName: "StripeObjectsTable", Item: record("sub_1", "cus_1") }, caller);
    now += 500;
    simulated.run("PutItem", { TableName: "StripeObjectsTable", Item: record("sub_2", "cus_1") }, caller);
    lagMs = 100;
    expect(simulated.run("Query", query, caller)).toEqual({ Items: [record("sub_1", "cus_1")] });
    now += 100;
    expect(simulated.run("Query", query, caller)).toEqual({
      Items: [record("sub_1", "cus_1"), record("sub_2", "cus_1")],
    });
  });
});
