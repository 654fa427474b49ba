/** DynamoDB, as leases, claims and records use it. */
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { expectSame, outcomeOf, type Probe, type ProbeClients } from "./probe.ts";

type Try = (clients: ProbeClients, TableName: string) => Promise<void>;
const WAIT_SECONDS = 30;
const AT_ONCE = 10;
const IS_NEW = "attribute_not_exists(id)";
const item = (id: string, rest = {}) => ({ id: { S: id }, ...rest });

/** With a table of its own, which is deleted again. */
function probe(feature: string, neededBy: string, run: Try, isForSuite = true): Probe {
  return {
    feature: `DynamoDB: ${feature}`,
    neededBy,
    isForSuite,
    run: async (clients, TableName) => {
      const { dynamodb } = clients;
      const key = (AttributeName: string) => [{ AttributeName, KeyType: "HASH" as const }];
      await dynamodb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: ["id", "owner"].map((AttributeName) => ({
            AttributeName,
            AttributeType: "S",
          })),
          KeySchema: key("id"),
          GlobalSecondaryIndexes: [
            { IndexName: "by-owner", KeySchema: key("owner"), Projection: { ProjectionType: "ALL" } },
          ],
        }),
      );
      await waitUntilTableExists({ client: dynamodb, maxWaitTime: WAIT_SECONDS, minDelay: 1 }, { TableName });
      try {
        await run(clients, TableName);
      } finally {
        await dynamodb.send(new DeleteTableCommand({ TableName }));
      }
    },
  };
}

export const DYNAMODB_PROBES: readonly Probe[] = [
  probe("conditional writes", "leases, claims, records", async ({ dynamodb }, TableName) => {
    const put = () =>
      dynamodb.send(new PutItemCommand({ TableName, Item: item("a"), ConditionExpression: IS_NEW }));
    expectSame("the first of two conditional writes", await outcomeOf(put()), "success");
    expectSame("the second", await outcomeOf(put()), "ConditionalCheckFailedException");
    const update = dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: item("a"),
        UpdateExpression: "SET version = :new",
        ConditionExpression: "version = :old OR leaseUntil < :now",
        ExpressionAttributeValues: { ":new": { N: "2" }, ":old": { N: "1" }, ":now": { N: "9" } },
      }),
    );
    expectSame(
      "an update whose condition is about missing attributes",
      await outcomeOf(update),
      "ConditionalCheckFailedException",
    );
  }),
  probe("conditional writes at the same time", "leases, claims", async ({ dynamodb }, TableName) => {
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        outcomeOf(
          dynamodb.send(new PutItemCommand({ TableName, Item: item("a"), ConditionExpression: IS_NEW })),
        ),
      ),
    );
    const won = outcomes.filter((outcome) => outcome === "success").length;
    expectSame(`of ${AT_ONCE} simultaneous writes of a new item, those that succeed`, won, 1);
  }),
  probe("counters and sets", "usage, limits", async ({ dynamodb }, TableName) => {
    for (const mark of ["x", "y", "x"])
      await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: item("a"),
          UpdateExpression: "ADD calls :one, marks :mark",
          ExpressionAttributeValues: { ":one": { N: "1" }, ":mark": { SS: [mark] } },
        }),
      );
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName, Key: item("a"), ConsistentRead: true }),
    );
    expectSame("a counter after three additions", Item?.calls?.N, "3");
    expectSame("a set after x, y and x again", Item?.marks?.SS?.toSorted(), ["x", "y"]);
  }),
  probe(
    "queries of an index, and reads of several items",
    "events of an object, runs",
    async (clients, TableName) => {
      const { dynamodb } = clients;
      for (const id of ["a", "b", "c"])
        await dynamodb.send(
          new PutItemCommand({ TableName, Item: item(id, { owner: { S: id === "c" ? "eve" : "ada" } }) }),
        );
      const { Items = [] } = await dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: "by-owner",
          KeyConditionExpression: "#owner = :ada",
          ExpressionAttributeNames: { "#owner": "owner" },
          ExpressionAttributeValues: { ":ada": { S: "ada" } },
        }),
      );
      expectSame("the items of an index", Items.map(({ id }) => id?.S).toSorted(), ["a", "b"]);
      const { Responses = {} } = await dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [item("a"), item("z")] } } }),
      );
      expectSame("the items of a batch, of which one is missing", Responses[TableName]?.length, 1);
    },
  ),
  probe(
    "time to live",
    "storage that does not grow",
    async ({ dynamodb }, TableName) => {
      await dynamodb.send(
        new UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        }),
      );
      const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
      expectSame("the attribute", TimeToLiveDescription?.AttributeName, "expiresAt");
    },
    false,
  ),
  probe(
    "transactions",
    "nothing: the product writes one item at a time",
    async ({ dynamodb }, TableName) => {
      await dynamodb.send(new PutItemCommand({ TableName, Item: item("b") }));
      const both = dynamodb.send(
        new TransactWriteItemsCommand({
          TransactItems: ["a", "b"].map((id) => ({
            Put: { TableName, Item: item(id), ConditionExpression: IS_NEW },
          })),
        }),
      );
      const outcome = await outcomeOf(both);
      if (outcome !== "TransactionCanceledException") await both;
      expectSame("a transaction of which one condition fails", outcome, "TransactionCanceledException");
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key: item("a") }));
      expectSame("what it has written", Item, undefined);
    },
    false,
  ),
];
