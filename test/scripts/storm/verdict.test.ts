/** A storm must not pass when something is missing, duplicated or unknown. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { toAttributes } from "../../../lib/aws/attribute-values.ts";
import { startDynamoDb } from "../../../local/dynamodb.ts";
import type { Emulator } from "../../../local/emulator-thread.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { stormEvents } from "../../../scripts/storm/storm-events.ts";
import { countEffects, isRight, resultTable } from "../../../scripts/storm/verdict.ts";

let emulator: Emulator;
let client: DynamoDBClient;
beforeAll(async () => {
  emulator = await startDynamoDb();
  client = new DynamoDBClient({
    endpoint: emulator.url,
    region: "us-east-1",
    credentials: LOCAL_CREDENTIALS,
  });
  for (const [name, key] of [
    ["stripe-events", "eventId"],
    ["stripe-objects", "objectId"],
  ] as const) {
    await client.send(
      new CreateTableCommand({
        TableName: `contractspec-stripe-dev-${name}`,
        AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
        KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  }
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

const events = stormEvents(10, "t");
const put = (table: string, item: object) =>
  client.send(
    new PutItemCommand({ TableName: `contractspec-stripe-dev-${table}`, Item: toAttributes({ ...item }) }),
  );
const [first] = events;
if (first === undefined) throw new Error("stormEvents returned no event");

/** The items that a correct storm leaves behind. */
beforeEach(async () => {
  for (const { id, objectId, status } of events) {
    await put("stripe-events", { eventId: id, state: "done" });
    await put("stripe-objects", { objectId, status, version: 1 });
  }
});
const toldOnce = new Map(events.map(({ id }) => [id, 1]));
const wrong = async (told: ReadonlyMap<string, number> = toldOnce) =>
  (await countEffects(emulator.url, events, told)).filter((row) => !isRight(row)).map(({ what }) => what);

describe("given the items that a storm left behind", () => {
  it("nothing is wrong when every event took effect once; repeated notifications are only counted", async () => {
    const told = new Map([...toldOnce, [first.id, 3]]);
    expect(await wrong(told)).toEqual([]);
    const rows = await countEffects(emulator.url, events, told);
    expect(rows.find(({ what }) => what.startsWith("notifications repeated"))?.count).toBe(2);
  });

  it("an object in another state counts as a lost effect", async () => {
    await put("stripe-objects", { objectId: first.objectId, status: "incomplete", version: 1 });
    expect(await wrong()).toEqual(["objects in the reported state", "effects lost"]);
  });

  it("an object that was written twice counts as a duplicated effect", async () => {
    await put("stripe-objects", { objectId: first.objectId, status: first.status, version: 2 });
    expect(await wrong()).toEqual(["effects duplicated"]);
  });

  it("an event that is not done, and an event without a notification, are wrong", async () => {
    await put("stripe-events", { eventId: first.id, state: "processing" });
    const told = new Map([...toldOnce].slice(1));
    expect(await wrong(told)).toEqual([
      "events that are done in the inbox",
      "events that the application was notified of",
    ]);
  });

  it("the table marks wrong numbers, and shows the right ones", async () => {
    const table = resultTable([
      { what: "lost", count: 1, expected: 0 },
      { what: "sent", count: 1_000, expected: 1_000 },
      { what: "seconds", count: 3 },
    ]);
    expect(table.split("\n").map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "lost 1 WRONG, must be 0",
      "sent 1,000 ok",
      "seconds 3",
    ]);
  });

  it("an event that nobody sent is wrong", async () => {
    await put("stripe-events", { eventId: "evt_stranger", state: "done" });
    expect(await wrong()).toEqual(["events that nobody sent"]);
  });
});
