import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { waitFor } from "../../../local/stack-client.ts";
import type { Fault } from "../../steps/failing-dynamodb.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { aCall, counting, keptOf, rule, run, succeeding } from "./charge.ts";

const dynamodb = withFailingDynamoDb();
const log = given.capturedLog();
const logLine = (event: string) => log.lines().find((line) => line.event === event);
/** The log line of a write that failed after the caller's answer was settled. */
const unsettled = (event: string) => ({
  level: "warn",
  event,
  cause: expect.stringContaining("DynamoDB did not complete the request"),
});

const LIMIT = 10_000;
const limitADay = rule({
  id: "limit-a-day",
  effect: "DENY",
  condition: `usage.customerAmountToday > ${LIMIT}`,
  reason: "Too much for one customer on one day",
  reads: { input: ["amount"], usage: ["customerAmountToday"] },
});
const NOON = new Date("2026-11-25T12:00:00Z");

/** A payment of a new customer, at noon. */
const aPayment = (amount: number) => ({
  ...aCall({ now: () => NOON, deadline: NOON.getTime() + 5_000 }),
  inputs: { customerId: `cus_${randomUUID().replaceAll("-", "")}`, currency: "usd", amount },
});
type Payment = ReturnType<typeof aPayment>;

/** The amount counted for the payment's customer. */
async function countedFor({ inputs }: Payment, day = "2026-11-25"): Promise<number> {
  const item = await getItem("UsageCountersTable", {
    counter: `amount#tester#${inputs.customerId}#usd#${day}`,
  });
  return Number(item?.amount ?? 0);
}
const pay = (payment: CapabilityCall, operation = succeeding().operation) =>
  run(operation, payment, [limitADay]);

/** The SDK sends a request three times before it gives up. */
const broken = (fault: Omit<Fault, "kind">) => dynamodb.fail({ kind: "internal", times: 3, ...fault });

describe("given a payment that is admitted", () => {
  it("the key is claimed until the deadline, and the amount is counted", async () => {
    const payment = aPayment(4_200);
    let during: unknown;
    const { operation } = counting(async () => {
      during = await keptOf(payment);
      return { receipt: "r" };
    });
    await pay(payment, operation);
    expect(during).toMatchObject({ state: "claimed", leaseUntil: payment.deadline });
    expect(await countedFor(payment)).toBe(4_200);
  });

  it("repeated on the next day, its answer is replayed and nothing is counted on that day", async () => {
    const payment = aPayment(4_200);
    await pay(payment);
    expect(await pay({ ...payment, now: () => new Date(NOON.getTime() + 20 * 3_600_000) })).toMatchObject({
      replayed: true,
    });
    expect(await countedFor(payment)).toBe(4_200);
    expect(await countedFor(payment, "2026-11-26")).toBe(0);
  });
});

describe("given a payment that was refused", () => {
  it("its amount does not count, however often its refusal is replayed", async () => {
    const payment = aPayment(4_200);
    const refused = counting(() => Promise.reject(new Problem("PAYMENT_REQUIRED", "declined"))).operation;
    for (let call = 0; call < 3; call += 1) {
      await expect(pay(payment, refused)).rejects.toMatchObject({ code: "PAYMENT_REQUIRED" });
      expect(await countedFor(payment)).toBe(0);
    }
  });
});

describe("given a payment over a limit", () => {
  it("it is denied, nothing runs, its key is free and its amount no longer counts", async () => {
    const { keys, operation } = succeeding();
    const payment = aPayment(LIMIT + 1);
    await expect(pay(payment, operation)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      message: "Too much for one customer on one day",
    });
    expect(keys).toEqual([]);
    expect(await keptOf(payment)).toBeUndefined();
    expect(await countedFor(payment)).toBe(0);
  });

  it("a payment whose outcome is unknown keeps its claim with its inputs", async () => {
    const payment = aPayment(6_000);
    const lost = counting(() => Promise.reject(new Problem("TIMEOUT", "too slow"))).operation;
    await expect(pay(payment, lost)).rejects.toMatchObject({ code: "TIMEOUT" });

    const closed = { ...limitADay, id: "closed", condition: "usage.customerAmountToday > 0" };
    await expect(run(succeeding().operation, payment, [closed])).rejects.toMatchObject({
      code: "RATE_LIMITED",
    });
    expect(await keptOf(payment)).toMatchObject({ state: "claimed", leaseUntil: 0 });
    expect(await countedFor(payment)).toBe(6_000);
  });

  it("a claim or amount that cannot be given back is logged, and the caller gets the denial", async () => {
    const payment = aPayment(LIMIT + 1);
    broken({ operation: "DeleteItem", table: "IdempotencyKeysTable" });
    await expect(pay(payment)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    expect(logLine("admission.unsettled")).toMatchObject(unsettled("admission.unsettled"));
    expect(await countedFor(payment)).toBe(0);
  });
});

describe("given that one of the three writes of an admission fails", () => {
  it.each<[string, Omit<Fault, "kind">]>([
    ["the entry in the audit log", { table: "AuditLogTable", about: '"partition":{"S":"day#' }],
    ["the claim", { operation: "PutItem", table: "IdempotencyKeysTable" }],
    ["the counter", { operation: "UpdateItem", table: "UsageCountersTable" }],
  ])("%s: nothing runs, and no amount is counted", async (_which, fault) => {
    const { keys, operation } = succeeding();
    const payment = aPayment(4_200);
    broken(fault);
    await expect(pay(payment, operation)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(keys).toEqual([]);
    expect(await keptOf(payment)).toBeUndefined();
    expect(await countedFor(payment)).toBe(0);
    expect(logLine("admission.unsettled")).toBeUndefined();
    expect(await pay(payment)).toMatchObject({ replayed: false });
    expect(await countedFor(payment)).toBe(4_200);
  });
});

describe("given a payment whose key is in use", () => {
  it("for other inputs, the amount is given back", async () => {
    const payment = aPayment(4_200);
    await pay(payment);
    await expect(pay({ ...payment, inputs: { ...payment.inputs, amount: 77 } })).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(await countedFor(payment)).toBe(4_200);
  });

  it("for a payment that another call has made with the amount that this one reserved, the amount stays", async () => {
    const payment = aPayment(4_200);
    dynamodb.fail({ kind: "held", operation: "PutItem", table: "IdempotencyKeysTable" });
    const late = pay(payment);
    await waitFor("the amount", async () => ((await countedFor(payment)) === 4_200 ? true : undefined));
    expect(await pay(payment)).toMatchObject({ replayed: false });
    await dynamodb.letGo();
    expect(await late).toMatchObject({ replayed: true });
    expect(await countedFor(payment)).toBe(4_200);
  });

  it("for the same payment at this moment, the amount that was reserved for both stays", async () => {
    const payment = aPayment(4_200);
    const { promise: whenSecondEnded, resolve: secondEnded } = Promise.withResolvers<void>();
    const working = counting(async () => {
      await whenSecondEnded;
      return { receipt: "r" };
    }).operation;
    const held = (count: number) =>
      waitFor("what is held", async () => {
        const so = dynamodb.requests.filter(({ failed }) => failed === "held");
        return so.length === count ? so : undefined;
      });

    dynamodb.fail({ kind: "held", operation: "UpdateItem", table: "UsageCountersTable" });
    const first = pay(payment, working);
    // Neither call can end while one of its requests is held.
    await Promise.race([Promise.all([held(1), waitFor("the claim", () => keptOf(payment))]), first]);

    dynamodb.fail({ kind: "held", operation: "GetItem", table: "IdempotencyKeysTable" });
    const second = pay(payment).catch((problem: unknown) => problem);
    await Promise.race([held(2), second]);
    // Now the first call counts and finds its amount reserved, and the second call finds the first in progress.
    await dynamodb.letGo();
    expect(await second).toMatchObject({ code: "CONFLICT" });
    secondEnded();
    expect(await first).toMatchObject({ replayed: false });
    expect(await countedFor(payment)).toBe(4_200);
  });

  it("for a call that releases the key and then the amount, the call that has the key by then is counted", async () => {
    const payment = aPayment(4_200);
    const refused = counting(() => Promise.reject(new Problem("VALIDATION_FAILED", "customerId"))).operation;
    dynamodb.fail({
      kind: "held",
      operation: "UpdateItem",
      table: "UsageCountersTable",
      about: '":minus":{"N":"-4200"}',
    });
    const first = pay(payment, refused).catch((problem: unknown) => problem);
    await waitFor("the release", async () =>
      dynamodb.requests.some(({ failed }) => failed === "held") && (await keptOf(payment)) === undefined
        ? true
        : undefined,
    );
    expect(await pay(payment)).toMatchObject({ replayed: false });
    await dynamodb.letGo();
    expect(await first).toMatchObject({ code: "VALIDATION_FAILED" });
    expect(await countedFor(payment)).toBe(4_200);
  });

  it("for an answer that the policy no longer permits, the answer stays", async () => {
    const payment = aPayment(4_200);
    await pay(payment);
    const closed = { ...limitADay, id: "closed", condition: "usage.customerAmountToday > 0" };
    await expect(run(succeeding().operation, payment, [closed])).rejects.toMatchObject({
      code: "RATE_LIMITED",
    });
    expect(logLine("admission.unsettled")).toBeUndefined();
    expect(await countedFor(payment)).toBe(4_200);
    expect(await pay(payment)).toMatchObject({ replayed: true });
  });
});

describe("given a call that ends without a payment", () => {
  const ending = (problem: Problem) => counting(() => Promise.reject(problem)).operation;

  it.each([
    ["a final refusal", new Problem("VALIDATION_FAILED", "customerId names nothing"), 0],
    ["a refused card", new Problem("PAYMENT_REQUIRED", "Your card was declined."), 0],
    ["an outcome that is not known", new Problem("TIMEOUT", "too slow"), 4_200],
    ["a vendor that asks to slow down", new Problem("RATE_LIMITED", "slow down"), 4_200],
    ["a bug", new Problem("INTERNAL_ERROR", "a bug"), 4_200],
  ])("%s: its amount counts only if money may have moved", async (_what, problem, counted) => {
    const payment = aPayment(4_200);
    await expect(pay(payment, ending(problem))).rejects.toBe(problem);
    expect(await countedFor(payment)).toBe(counted);
  });

  it("a final refusal after an unknown outcome gives nothing back: the first call may have moved the money", async () => {
    const payment = aPayment(4_200);
    await expect(pay(payment, ending(new Problem("TIMEOUT", "too slow")))).rejects.toBeInstanceOf(Problem);
    const refusal = new Problem("VALIDATION_FAILED", "customerId names nothing");
    await expect(pay(payment, ending(refusal))).rejects.toBe(refusal);
    expect(await countedFor(payment)).toBe(4_200);
    expect(await keptOf(payment)).toMatchObject({ state: "claimed", leaseUntil: 0 });
  });

  it("a claim or amount that cannot be settled is logged, and the caller gets the first failure", async () => {
    const payment = aPayment(4_200);
    broken({ operation: "DeleteItem", table: "IdempotencyKeysTable" });
    const refusal = new Problem("VALIDATION_FAILED", "customerId names nothing");
    await expect(pay(payment, ending(refusal))).rejects.toBe(refusal);
    expect(logLine("idempotency.unsettled")).toMatchObject(unsettled("idempotency.unsettled"));
  });
});

describe("given several payments of one customer", () => {
  it("each counts, even if their inputs are equal", async () => {
    const payment = aPayment(4_200);
    await pay(payment);
    await pay({ ...payment, idempotencyKey: randomUUID() });
    expect(await countedFor(payment)).toBe(8_400);
  });
});

describe("given a principal without a right to it", () => {
  it("neither a key nor an amount is written, not even for a moment", async () => {
    const payment = { ...aPayment(4_200), principal: { id: "nobody", roles: ["readonly"] } };
    await expect(pay(payment)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(dynamodb.requests.map(({ table }) => table)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/IdempotencyKeys|UsageCounters/)]),
    );
  });
});

describe("given usage that no rule reads", () => {
  it("nothing is counted", async () => {
    const payment = aPayment(4_200);
    await run(succeeding().operation, payment);
    expect(dynamodb.requests.filter(({ table }) => table === "UsageCountersTable")).toEqual([]);
  });
});
