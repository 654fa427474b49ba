/** An amount that several calls reserve and release at once, while DynamoDB's responses get lost. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { deleteItem, getItem, updateItem } from "../../../lib/aws/dynamodb.ts";
import { reserveAmount } from "../../../lib/usage/reserve-amount.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { betweenWrites } from "./between-writes.ts";

const dynamodb = withFailingDynamoDb();

/** The mark of the payment `order-1`: the beginning of its SHA-256, in base64url. */
const MARK = "C6_iIVbS";
const ORDER = "order-1";
const EXPIRES_AT = 1_795_651_230;

const aCounter = () => `amount#${randomUUID()}`;
const reserve = (counter: string, reservation = ORDER) =>
  reserveAmount({ counter, amount: 100, reservation, expiresAt: EXPIRES_AT });
const stored = (counter: string) => getItem("UsageCountersTable", { counter });
const sumIn = async (counter: string) => (await stored(counter))?.amount;
const operations = () => dynamodb.requests.map(({ operation }) => operation);

const between = (work: () => Promise<unknown>, meanwhile: readonly (() => Promise<unknown>)[]) =>
  betweenWrites(dynamodb, work, meanwhile);
const nothing = async () => undefined;
const gone = (counter: string) => () => updateItem("UsageCountersTable", { counter }, `REMOVE ${MARK}`, {});
const reservedByOther = (counter: string) => () =>
  updateItem("UsageCountersTable", { counter }, `SET ${MARK} = :other`, {
    values: { ":other": new Set(["othr"]) },
  });

describe("given a payment that no other call makes", () => {
  it("its amount is counted with a mark of the call and an expiry, and released", async () => {
    const counter = aCounter();
    const reserved = await reserve(counter);
    expect(reserved.total).toBe(100);
    expect(operations()).toEqual(["UpdateItem"]);
    expect(await stored(counter)).toEqual({
      counter,
      amount: 100,
      [MARK]: new Set([expect.stringMatching(/^[\w-]{4}$/)]),
      expiresAt: EXPIRES_AT,
    });
    await reserved.undo();
    expect(await stored(counter)).toEqual({ counter, amount: 0, expiresAt: EXPIRES_AT });
  });

  it("the call holds its own reservation without another request", async () => {
    const reserved = await reserve(aCounter());
    dynamodb.reset();
    dynamodb.fail({ kind: "internal", times: 9 });
    expect(await reserved.hold()).toBe(100);
    expect(dynamodb.requests).toEqual([]);
  });

  it("if the response to the reservation is lost, the call still holds it and can release it", async () => {
    const counter = aCounter();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    const reserved = await reserve(counter);
    expect(reserved.total).toBe(100);
    await reserved.undo();
    expect(await sumIn(counter)).toBe(0);
  });

  it("if the response to the release is lost, the amount is subtracted once", async () => {
    const counter = aCounter();
    await reserve(counter, "order-2");
    const reserved = await reserve(counter);
    dynamodb.reset();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    await reserved.undo();
    // The repeated request finds no reservation, so nothing more is to be done.
    expect(operations()).toEqual(["UpdateItem", "UpdateItem", "GetItem"]);
    expect(await sumIn(counter)).toBe(100);
  });

  it("a call is refused if DynamoDB does not respond", async () => {
    dynamodb.fail({ kind: "throttle", operation: "UpdateItem", times: 3 });
    await expect(reserve(aCounter())).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });

  it("a call is refused if the counter contains no number", async () => {
    const counter = aCounter();
    await updateItem("UsageCountersTable", { counter }, `SET ${MARK} = :text, amount = :text`, {
      values: { ":text": "100" },
    });
    await expect(reserve(counter)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "A usage counter does not contain a number",
    });
  });
});

describe("given a payment that another call has reserved", () => {
  it("a call that does not hold it cannot release it, and asks for nothing to do so", async () => {
    const counter = aCounter();
    await reserve(counter);
    const second = await reserve(counter);
    expect(second.total).toBe(100);
    dynamodb.reset();
    dynamodb.fail({ kind: "internal", times: 9 });
    await second.undo();
    expect(dynamodb.requests).toEqual([]);
  });

  it("a call that finds it released while it begins to hold it reserves it again", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    const second = await reserve(counter);
    expect(await between(() => second.hold(), [first.undo])).toBe(100);
    await second.undo();
    expect(await sumIn(counter)).toBe(0);
  });

  it("a call that meets a third one when it reserves it again holds that one's reservation", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    const second = await reserve(counter);
    await first.undo();
    expect(await between(() => second.hold(), [nothing, () => reserve(counter)])).toBe(100);
    await second.undo();
    expect(await sumIn(counter)).toBe(100);
  });

  it("a call that others always forestall does not run, after ten attempts", async () => {
    const counter = aCounter();
    await reserve(counter);
    const second = await reserve(counter);
    dynamodb.reset();
    const rounds = Array.from({ length: 10 }, () => [gone(counter), reservedByOther(counter)]).flat();
    await expect(between(() => second.hold(), rounds)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "Other calls are making the same payment",
      retryAfterSeconds: 1,
    });
    expect(dynamodb.requests.filter(({ failed }) => failed === "held")).toHaveLength(20);
  });

  it("of two holders, the last one that releases it subtracts the amount, even if both do so at once", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    const second = await reserve(counter);
    await second.hold();
    await between(() => first.undo(), [nothing, second.undo]);
    expect(await stored(counter)).toEqual({ counter, amount: 0, expiresAt: EXPIRES_AT });
  });

  it("a holder that is not the last one only takes its mark away", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    const second = await reserve(counter);
    await second.hold();
    dynamodb.reset();
    await first.undo();
    expect(operations()).toEqual(["UpdateItem", "GetItem", "UpdateItem"]);
    expect(await sumIn(counter)).toBe(100);
  });

  it("a call whose counter has expired before it is read does not run, and one that holds an expired one adds nothing", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    const expires = () =>
      deleteItem(
        "UsageCountersTable",
        { counter },
        { expression: "amount = :amount", values: { ":amount": 100 } },
      );
    dynamodb.fail({ kind: "held", operation: "GetItem" });
    const second = reserve(counter);
    const refused = expect(second).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    while (!operations().includes("GetItem")) await new Promise(setImmediate);
    await expires();
    await dynamodb.letGo();
    await refused;
    await first.undo();
    expect(await stored(counter)).toBeUndefined();
  });

  it("a holder whose reservation is no longer there subtracts nothing", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    await gone(counter)();
    await first.undo();
    expect(await sumIn(counter)).toBe(100);
  });

  it("a release that others always forestall ends after ten attempts, and the amount stays counted", async () => {
    const counter = aCounter();
    const first = await reserve(counter);
    const [mark] = [...Object((await stored(counter))?.[MARK])];
    const alone = () =>
      updateItem("UsageCountersTable", { counter }, `SET ${MARK} = :one`, {
        values: { ":one": new Set([mark]) },
      });
    const joined = () =>
      updateItem("UsageCountersTable", { counter }, `SET ${MARK} = :two`, {
        values: { ":two": new Set([mark, "othr"]) },
      });
    dynamodb.reset();
    const rounds = Array.from({ length: 10 }, () => [joined, alone]).flat();
    await between(() => first.undo(), rounds);
    expect(dynamodb.requests.filter(({ failed }) => failed === "held")).toHaveLength(20);
    expect(await sumIn(counter)).toBe(100);
  });
});
