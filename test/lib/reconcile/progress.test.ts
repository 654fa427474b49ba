import { beforeEach, describe, expect, it } from "@jest/globals";
import { deleteItem, getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { holdTask } from "../../../lib/reconcile/progress.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();
beforeEach(() => deleteItem("RepairProgressTable", { task: "check-drift" }, {}));

const START = Date.parse("2026-11-25T00:00:00Z");
const LEASE_MS = 10_000;
const holdAt = (afterMs: number) =>
  holdTask("check-drift", {
    deadline: START + afterMs + LEASE_MS,
    now: () => new Date(START + afterMs),
  });

describe("given two concurrent runs", () => {
  it("the second gets nothing until the lease of the first has ended", async () => {
    expect(await holdAt(0)).toBeDefined();
    expect(await holdAt(LEASE_MS - 1)).toBeUndefined();
    expect(await holdAt(LEASE_MS)).toBeDefined();
  });

  it("a run whose lease has ended can neither set the next one back nor end its lease (R5)", async () => {
    const late = await holdAt(0);
    const next = await holdAt(LEASE_MS);
    await next?.save({ cursor: 2 });
    await expect(late?.save({ cursor: 1 })).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    await late?.release();
    expect(await holdAt(LEASE_MS + 1)).toBeUndefined();
    await next?.release();
    expect((await holdAt(LEASE_MS + 2))?.progress).toEqual({ cursor: 2 });
  });
});

describe("given a run that has ended", () => {
  it("the next one continues from its place, which is saved with the time", async () => {
    const run = await holdAt(0);
    expect(run?.progress).toBeUndefined();
    await run?.save({ cursor: 1, pass: { part: "all" } });
    await run?.release();
    expect((await holdAt(1))?.progress).toEqual({ cursor: 1, pass: { part: "all" } });
    expect(await getItem("RepairProgressTable", { task: "check-drift" })).toMatchObject({
      savedAt: "2026-11-25T00:00:00.000Z",
    });
  });

  it("a release that DynamoDB refuses does not fail the run", async () => {
    const run = await holdAt(0);
    dynamodb.fail({ kind: "internal", operation: "UpdateItem", times: 3 });
    await expect(run?.release()).resolves.toBeUndefined();
  });
});

describe("given a place that an operator wrote by hand", () => {
  it("the next run begins there", async () => {
    await putItem("RepairProgressTable", { task: "check-drift", progress: { cursor: 7 } });
    expect((await holdAt(0))?.progress).toEqual({ cursor: 7 });
  });
});

describe("given a lost response from DynamoDB, so that the SDK sends the write again", () => {
  it("a run recognizes that it holds the task, and is not skipped", async () => {
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    const run = await holdAt(0);
    await run?.save({ cursor: 1 });
    await run?.release();
    expect((await holdAt(1))?.progress).toEqual({ cursor: 1 });
  });

  it.each(["save", "release"] as const)("%s takes effect", async (call) => {
    const run = await holdAt(0);
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    await (call === "save" ? run?.save({ cursor: 1 }) : run?.release());
    const item = await getItem("RepairProgressTable", { task: "check-drift" });
    expect(item).toMatchObject(call === "save" ? { progress: { cursor: 1 } } : { leaseUntil: 0 });
  });
});

describe("given responses that all arrive", () => {
  it("leasing, reading the place, saving and releasing take one call each", async () => {
    dynamodb.reset();
    const run = await holdAt(0);
    await run?.save({});
    await run?.release();
    expect(dynamodb.requests.map(({ operation }) => operation)).toEqual([
      "UpdateItem",
      "GetItem",
      "UpdateItem",
      "UpdateItem",
    ]);
  });
});
