import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { deleteItem, getItem, putItem, replaceItem, updateAndRead } from "../../../lib/aws/dynamodb.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const TABLE = "IdempotencyKeysTable";
const isNew = { expression: "attribute_not_exists(id)" };
const trouble = ["internal", "throttle", "reset-before"] as const;

describe("given one request that fails", () => {
  it.each(trouble)("by %s, it is sent again and the caller does not notice", async (kind) => {
    const id = randomUUID();
    dynamodb.fail({ kind, operation: "PutItem" });
    expect(await putItem(TABLE, { id, state: "claimed" }, isNew)).toBe(true);
    dynamodb.fail({ kind, operation: "GetItem" });
    expect(await getItem(TABLE, { id })).toEqual({ id, state: "claimed" });
  });

  it("a write whose response was lost is sent again, and fails because of its own first write", async () => {
    const id = randomUUID();
    dynamodb.fail({ kind: "reset-after", operation: "PutItem" });
    expect(await putItem(TABLE, { id }, isNew)).toBe(false);
    expect(await getItem(TABLE, { id })).toEqual({ id });
  });
});

describe("given a request that DynamoDB refuses as wrong", () => {
  it("it is a final problem, because the same request can never succeed", async () => {
    const tooLarge = { id: "large", text: "x".repeat(401 * 1024) };
    await expect(putItem(TABLE, tooLarge, isNew)).rejects.toMatchObject({
      code: "INTERNAL_ERROR",
      retryable: false,
    });
  });
});

describe("given a service that does not respond", () => {
  it.each(trouble)("by %s, it is a retryable problem", async (kind) => {
    dynamodb.fail({ kind, times: 100 });
    await expect(getItem(TABLE, { id: "x" })).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
      cause: expect.any(Error),
    });
  });
});

describe("given conditions", () => {
  it("a condition that holds writes and returns the previous item; one that does not hold changes nothing", async () => {
    const id = randomUUID();
    expect(await replaceItem(TABLE, { id, state: "a" }, isNew)).toEqual({ before: undefined });
    expect(await replaceItem(TABLE, { id, state: "b" })).toEqual({ before: { id, state: "a" } });
    expect(await replaceItem(TABLE, { id, state: "c" }, isNew)).toBeUndefined();
    const stateIs = (state: string) => ({
      expression: "#state = :state",
      names: { "#state": "state" },
      values: { ":state": state, ":next": "d" },
    });
    expect(await updateAndRead(TABLE, { id }, "SET #state = :next", stateIs("x"))).toBeUndefined();
    expect(await updateAndRead(TABLE, { id }, "SET #state = :next", stateIs("b"))).toEqual({ state: "d" });
    const { values: _unused, ...deleting } = stateIs("d");
    expect(await deleteItem(TABLE, { id }, { ...deleting, values: { ":state": "x" } })).toBe(false);
    expect(await deleteItem(TABLE, { id }, { ...deleting, values: { ":state": "d" } })).toBe(true);
    expect(await getItem(TABLE, { id })).toBeUndefined();
  });
});
