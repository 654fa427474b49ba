/** Limits of a policy on real counters: never exceeded by concurrent calls, and given back if nothing happened. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import * as given from "../../steps/given.ts";
import { aCall, counting, keptOf, rule, run, succeeding } from "./charge.ts";

given.localAws();

const twiceAMinute = rule({
  id: "twice-a-minute",
  effect: "DENY",
  condition: "usage.callsThisMinute > 2",
  reason: "At most 2 calls a minute",
  reads: { input: [], usage: ["callsThisMinute"] },
});
const tenDollarsADay = rule({
  id: "ten-dollars-a-day",
  effect: "DENY",
  condition: "usage.customerAmountToday > 1000",
  reason: "At most $10.00 a day",
  reads: { input: ["amount"], usage: ["customerAmountToday"] },
});

const aCustomer = () => `cus_${randomUUID().replaceAll("-", "")}`;
const aPayment = (customerId: string, amount: number, changes: Partial<CapabilityCall> = {}) =>
  aCall({ inputs: { amount, currency: "usd", customerId }, ...changes });
const paying = (customerId: string, amount: number) =>
  run(succeeding().operation, aPayment(customerId, amount), [tenDollarsADay]);

const refusedWith = (problem: Problem) => counting(() => Promise.reject(problem)).operation;

describe("given a limit of calls a minute", () => {
  const noon = new Date("2026-11-25T12:00:20Z");

  it("a call above the limit is refused until the minute is over, and leaves its key free", async () => {
    const principal = { id: randomUUID(), roles: ["admin"] };
    const { keys, operation } = succeeding();
    const calling = (now: Date) => {
      const call = aCall({ principal, now: () => now, deadline: now.getTime() + 5_000 });
      return { call, ended: run(operation, call, [twiceAMinute]) };
    };
    await calling(noon).ended;
    await calling(noon).ended;
    const third = calling(noon);
    await expect(third.ended).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryable: true,
      retryAfterSeconds: 40,
      message: "At most 2 calls a minute",
    });
    expect(keys).toHaveLength(2);
    expect(await keptOf(third.call)).toBeUndefined();
    await expect(calling(new Date("2026-11-25T12:01:00Z")).ended).resolves.toMatchObject({ replayed: false });
  });

  it("of thirty concurrent calls exactly two run", async () => {
    const principal = { id: randomUUID(), roles: ["admin"] };
    const { keys, operation } = succeeding();
    const calls = Array.from({ length: 30 }, () =>
      run(operation, aCall({ principal, now: () => noon, deadline: noon.getTime() + 5_000 }), [twiceAMinute]),
    );
    const results = await Promise.allSettled(calls);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(keys).toHaveLength(2);
  });
});

describe("given a limit on the amount that a customer can be charged a day", () => {
  it("of thirty concurrent payments of a dollar exactly ten are made", async () => {
    const customer = aCustomer();
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => paying(customer, 100)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    for (const result of results) {
      if (result.status === "rejected") {
        expect(result.reason).toMatchObject({
          code: "FORBIDDEN",
          retryable: false,
          issues: [{ path: "amount", message: "At most $10.00 a day" }],
        });
      }
    }
    await expect(paying(customer, 1)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(paying(aCustomer(), 1000)).resolves.toMatchObject({ replayed: false });
  });

  it("a denied payment does not count", async () => {
    const customer = aCustomer();
    await paying(customer, 600);
    await expect(paying(customer, 500)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(paying(customer, 400)).resolves.toMatchObject({ replayed: false });
  });

  it("a repeated payment counts once, and its replay never exceeds the limit", async () => {
    const customer = aCustomer();
    const payment = aPayment(customer, 1000);
    const { keys, operation } = succeeding();
    for (let times = 0; times < 3; times++) await run(operation, payment, [tenDollarsADay]);
    expect(keys).toHaveLength(1);
    await expect(paying(customer, 1)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("a declined payment no longer counts", async () => {
    const customer = aCustomer();
    const declined = refusedWith(new Problem("PAYMENT_REQUIRED", "Declined", { declineCode: "lost_card" }));
    await expect(run(declined, aPayment(customer, 900), [tenDollarsADay])).rejects.toMatchObject({
      code: "PAYMENT_REQUIRED",
    });
    await expect(paying(customer, 1000)).resolves.toMatchObject({ replayed: false });
  });

  it("a permanently refused payment no longer counts; one with an unknown outcome does", async () => {
    const customer = aCustomer();
    const refused = refusedWith(new Problem("VALIDATION_FAILED", "customerId names nothing"));
    await expect(run(refused, aPayment(customer, 900), [tenDollarsADay])).rejects.toBeInstanceOf(Problem);
    const lost = refusedWith(new Problem("BAD_GATEWAY", "connection lost"));
    const unknown = aPayment(customer, 900);
    await expect(run(lost, unknown, [tenDollarsADay])).rejects.toMatchObject({ code: "BAD_GATEWAY" });
    await expect(paying(customer, 200)).rejects.toMatchObject({ code: "FORBIDDEN" });
    // When it is resumed, it uses the amount that it has already reserved.
    await expect(run(succeeding().operation, unknown, [tenDollarsADay])).resolves.toMatchObject({
      replayed: false,
    });
  });

  it("a resumed payment that is permanently refused still counts: the first try may have been charged", async () => {
    const customer = aCustomer();
    const payment = aPayment(customer, 900);
    const lost = refusedWith(new Problem("BAD_GATEWAY", "connection lost"));
    await expect(run(lost, payment, [tenDollarsADay])).rejects.toMatchObject({ code: "BAD_GATEWAY" });
    const refused = refusedWith(new Problem("VALIDATION_FAILED", "the customer is gone"));
    await expect(run(refused, payment, [tenDollarsADay])).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    await expect(paying(customer, 200)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(
      run(succeeding().operation, { ...payment, inputs: { amount: 1 } }, [tenDollarsADay]),
    ).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      message: expect.stringContaining("different inputs"),
    });
  });

  it("the same key with another amount neither runs nor counts, even while the first call is in progress", async () => {
    const customer = aCustomer();
    const first = aPayment(customer, 300);
    let finish: (() => void) | undefined;
    const { operation } = counting(
      () => new Promise((resolve) => (finish = () => resolve({ receipt: "made" }))),
    );
    const running = run(operation, first, [tenDollarsADay]);
    while (finish === undefined) await new Promise((resume) => setImmediate(resume));
    const other = { ...first, inputs: { amount: 700, currency: "usd", customerId: customer } };
    await expect(run(succeeding().operation, other, [tenDollarsADay])).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    await expect(run(succeeding().operation, first, [tenDollarsADay])).rejects.toMatchObject({
      code: "CONFLICT",
    });
    finish();
    await running;
    await expect(paying(customer, 701)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(paying(customer, 700)).resolves.toMatchObject({ replayed: false });
  });
});
