/** Usage that several calls record and undo at once, while DynamoDB's responses get lost. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { deleteItem, getItem, updateItem } from "../../../lib/aws/dynamodb.ts";
import { reserveQuantity } from "../../../lib/usage/reserve-quantity.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { betweenWrites } from "./between-writes.ts";

const dynamodb = withFailingDynamoDb();

const NOON = new Date("2026-11-25T12:00:30.900Z");
const IN_40_DAYS = Math.floor(NOON.getTime() / 1000) + 40 * 24 * 60 * 60;
const TABLE = "UsageCountersTable";

interface Usage {
  readonly reservation: string;
  readonly counters: readonly string[];
}

const someUsage = (): Usage => ({
  reservation: randomUUID(),
  counters: [`quantity#${randomUUID()}#2026-11-25`, `quantity#${randomUUID()}#2026-11`],
});
const reserve = (usage: Usage) => reserveQuantity({ ...usage, quantity: 3, now: NOON });
const sumsOf = async ({ counters }: Usage) =>
  Promise.all(counters.map(async (counter) => (await getItem(TABLE, { counter }))?.quantity));
const keyOf = ({ reservation }: Usage) => ({ counter: `reservation#${reservation}` });
const removed = (usage: Usage) => () =>
  deleteItem(TABLE, keyOf(usage), { expression: "attribute_exists(holders)" });
const reservedByOther = (usage: Usage) => () =>
  updateItem(TABLE, keyOf(usage), "SET holders = :other", { values: { ":other": new Set(["other"]) } });
const nothing = async () => undefined;
const writes = () => dynamodb.requests.filter(({ operation }) => operation === "UpdateItem").length;

describe("given usage that no other call records", () => {
  it("it is added to its counters, and the reservation names its holder and them", async () => {
    const usage = someUsage();
    const { totals, undo } = await reserve(usage);
    const [day = "", month = ""] = usage.counters;
    expect(totals).toEqual({ [day]: 3, [month]: 3 });
    expect(await getItem(TABLE, { counter: day })).toEqual({
      counter: day,
      quantity: 3,
      expiresAt: IN_40_DAYS,
    });
    expect(await getItem(TABLE, keyOf(usage))).toEqual({
      ...keyOf(usage),
      holders: new Set([expect.stringMatching(/^[0-9a-f]{8}$/)]),
      counters: usage.counters,
      expiresAt: IN_40_DAYS,
    });
    await undo();
    expect(await getItem(TABLE, { counter: day })).toEqual({
      counter: day,
      quantity: 0,
      expiresAt: IN_40_DAYS,
    });
    expect(await getItem(TABLE, keyOf(usage))).not.toHaveProperty("holders");
  });

  it("if the response to the reservation is lost, it counts once, and can be undone", async () => {
    const usage = someUsage();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem", about: '":counters"' });
    const { undo } = await reserve(usage);
    expect(await sumsOf(usage)).toEqual([3, 3]);
    await undo();
    expect(await sumsOf(usage)).toEqual([0, 0]);
  });

  it("if the response to a subtraction is lost, the usage is subtracted once", async () => {
    const usage = someUsage();
    const { undo } = await reserve(usage);
    dynamodb.reset();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem", about: '":minus"', times: 2 });
    await undo();
    expect(await sumsOf(usage)).toEqual([0, 0]);
    // One for the reservation; for each counter the lost one, its repetition, and the one that removes the mark.
    expect(writes()).toBe(1 + 2 * 3);
    expect(await getItem(TABLE, { counter: usage.counters[0] ?? "" })).not.toHaveProperty("undone");
  });

  it("if the response to the release is lost, the usage stays counted, which only makes the limit tighter", async () => {
    const usage = someUsage();
    const { undo } = await reserve(usage);
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    await undo();
    await undo();
    expect(await sumsOf(usage)).toEqual([3, 3]);
  });

  it("a call is refused if DynamoDB does not respond", async () => {
    dynamodb.fail({ kind: "throttle", operation: "UpdateItem", times: 3 });
    await expect(reserve(someUsage())).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

describe("given usage that another call has recorded", () => {
  it("what it was counted in is what the last one that is undone takes it out of", async () => {
    const usage = someUsage();
    const inDecember = { ...someUsage(), reservation: usage.reservation };
    const first = await reserve(usage);
    const second = await reserve(inDecember);
    expect(Object.values(second.totals)).toEqual([0, 0]);
    await first.undo();
    expect(await sumsOf(usage)).toEqual([3, 3]);
    await second.undo();
    expect([await sumsOf(usage), await sumsOf(inDecember)]).toEqual([
      [0, 0],
      [undefined, undefined],
    ]);
  });

  it("if the response to a call that relies on it is lost, that call relies on it once", async () => {
    const usage = someUsage();
    const first = await reserve(usage);
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    const second = await reserve(usage);
    expect(Object.values(second.totals)).toEqual([3, 3]);
    await second.undo();
    await first.undo();
    expect(await sumsOf(usage)).toEqual([0, 0]);
  });

  it("a reservation that no longer names its counters is in none", async () => {
    const usage = someUsage();
    await reservedByOther(usage)();
    await updateItem(TABLE, { counter: usage.counters[0] ?? "" }, "SET quantity = :three", {
      values: { ":three": 3 },
    });
    const { totals, undo } = await reserve(usage);
    expect(Object.values(totals)).toEqual([3, 0]);
    await removed(usage)();
    await undo();
    expect(await sumsOf(usage)).toEqual([3, undefined]);
  });

  it("a call is refused if a counter contains no number", async () => {
    const usage = someUsage();
    await reserve(usage);
    await updateItem(TABLE, { counter: usage.counters[1] ?? "" }, "SET quantity = :text", {
      values: { ":text": "3" },
    });
    await expect(reserve(usage)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "A usage counter does not contain a number",
    });
  });
});

describe("given calls that record the same usage at once", () => {
  it("the one that comes second takes its own out again, and relies on the first", async () => {
    const usage = someUsage();
    const others: Awaited<ReturnType<typeof reserve>>[] = [];
    const { totals, undo } = await betweenWrites(dynamodb, () => reserve(usage), [
      nothing,
      async () => others.push(await reserve(usage)),
    ]);
    expect(Object.values(totals)).toEqual([3, 3]);
    await undo();
    expect(await sumsOf(usage)).toEqual([3, 3]);
    for (const other of others) await other.undo();
    expect(await sumsOf(usage)).toEqual([0, 0]);
  });

  it("a call that others always forestall does not run, after ten attempts, and nothing of it is counted", async () => {
    const usage = { ...someUsage(), counters: [`quantity#${randomUUID()}#2026-11-25`] };
    // It finds no reservation, then one, and takes out what it has counted in two writes.
    const round = [removed(usage), reservedByOther(usage), nothing, nothing];
    dynamodb.reset();
    const rounds = Array.from({ length: 10 }, () => round).flat();
    await expect(betweenWrites(dynamodb, () => reserve(usage), rounds)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "Other calls are recording the same usage",
      retryAfterSeconds: 1,
    });
    expect(dynamodb.requests.filter(({ failed }) => failed === "held")).toHaveLength(40);
    expect(await sumsOf(usage)).toEqual([0]);
  });
});
