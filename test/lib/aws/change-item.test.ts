import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { changeItem, versionOf, writeUnlessChanged } from "../../../lib/aws/change-item.ts";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const TABLE = "StripeObjectsTable";
const aKey = () => ({ objectId: randomUUID() });
const count = (key: { objectId: string }) =>
  changeItem(TABLE, key, (before) => {
    const counted = Number(before?.counted ?? 0) + 1;
    return { item: { counted }, result: counted };
  });

describe("given eight concurrent writers", () => {
  it("each of their changes takes effect exactly once", async () => {
    const key = aKey();
    const results = await Promise.all(Array.from({ length: 8 }, () => count(key)));
    expect(results.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await getItem(TABLE, key)).toEqual({ ...key, counted: 8, version: 8 });
  });
});

describe("given one writer", () => {
  it("a change takes one read and one write, and a change that leaves the item unchanged only one read", async () => {
    const key = aKey();
    expect(await count(key)).toBe(1);
    expect(await changeItem(TABLE, key, async (before) => ({ result: before }))).toEqual({
      ...key,
      counted: 1,
      version: 1,
    });
    expect(dynamodb.requests.map(({ operation }) => operation)).toEqual(["GetItem", "PutItem", "GetItem"]);
  });

  it("the item is replaced: fields that the change leaves out are gone, and it cannot set the key or the version", async () => {
    const key = aKey();
    await count(key);
    const item = { other: true, objectId: "of another", version: 99 };
    await changeItem(TABLE, key, () => ({ item, result: undefined }));
    expect(await getItem(TABLE, key)).toEqual({ ...key, other: true, version: 2 });
  });

  it("if the change throws, nothing is written", async () => {
    const key = aKey();
    await expect(changeItem(TABLE, key, () => Promise.reject(new Error("Stripe is down")))).rejects.toThrow(
      "Stripe is down",
    );
    expect(await getItem(TABLE, key)).toBeUndefined();
  });
});

describe("given an item that others change constantly", () => {
  it("the change fails after twenty rounds with a retryable problem that names the item", async () => {
    const key = aKey();
    let rounds = 0;
    const change = changeItem(TABLE, key, async () => {
      rounds += 1;
      await count(key);
      return { item: { counted: -1 }, result: undefined };
    });
    await expect(change).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
      message: `${key.objectId} is changing too fast to be recorded`,
    });
    expect(rounds).toBe(20);
    expect(await getItem(TABLE, key)).toMatchObject({ counted: 20 });
  });
});

describe("given an item with two keys that changes constantly", () => {
  it("the problem names both", async () => {
    const key = { partition: `day#${randomUUID()}`, sort: "1" };
    const change = changeItem("AuditLogTable", key, async (before) => {
      await putItem("AuditLogTable", { ...key, version: versionOf(before) + 1 });
      return { item: { changed: true }, result: undefined };
    });
    await expect(change).rejects.toMatchObject({
      message: `${key.partition} 1 is changing too fast to be recorded`,
    });
  });
});

describe("given an item that was read before", () => {
  it("it is replaced only if it is unchanged", async () => {
    const key = aKey();
    expect(await writeUnlessChanged(TABLE, key, { a: 1 }, undefined)).toBe(true);
    expect(await writeUnlessChanged(TABLE, key, { a: 2 }, undefined)).toBe(false);
    const first = await getItem(TABLE, key);
    expect(await writeUnlessChanged(TABLE, key, { a: 3 }, first)).toBe(true);
    expect(await writeUnlessChanged(TABLE, key, { a: 4 }, first)).toBe(false);
    expect(await getItem(TABLE, key)).toEqual({ ...key, a: 3, version: 2 });
  });

  it("an item of the first release, which did not count writes, has version 0", async () => {
    const key = aKey();
    await putItem(TABLE, { ...key, a: 1 });
    const first = await getItem(TABLE, key);
    expect([versionOf(first), versionOf(undefined), versionOf({ version: 3 })]).toEqual([0, 0, 3]);
    expect(await writeUnlessChanged(TABLE, key, { a: 2 }, first)).toBe(true);
    expect(await writeUnlessChanged(TABLE, key, { a: 3 }, first)).toBe(false);
    expect(await getItem(TABLE, key)).toEqual({ ...key, a: 2, version: 1 });
  });
});
