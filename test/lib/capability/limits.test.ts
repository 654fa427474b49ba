/** Limits of a policy on real counters: never exceeded by concurrent calls, and given back if nothing happened. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import type { OperationContext } from "../../../lib/capability/capability.ts";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import type { PolicyRule } from "../../../lib/policy/policy.ts";
import { present } from "../../../lib/present.ts";
import { dayOf } from "../../../lib/utc-windows.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { aCall, counting, keptOf, rule, run, succeeding } from "./charge.ts";

const log = given.capturedLog();
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

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

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

describe("given calls that are denied", () => {
  const noon = new Date("2026-11-25T12:00:20Z");
  const stranger = () => ({ id: randomUUID(), roles: ["readonly"] });
  const closed = rule({
    id: "closed",
    effect: "DENY",
    condition: "true",
    priority: 100,
    reason: "Nobody may charge now",
  });
  const codesOf = async (calls: number, principal: { id: string; roles: string[] }, rules: PolicyRule[]) => {
    const codes: unknown[] = [];
    for (let n = 0; n < calls; n++) {
      const call = aCall({ principal, now: () => noon, deadline: noon.getTime() + 5_000 });
      await run(succeeding().operation, call, rules).catch(({ code, retryAfterSeconds }) =>
        codes.push([code, retryAfterSeconds]),
      );
    }
    return codes;
  };
  const FORBIDDEN = ["FORBIDDEN", undefined];
  const LIMITED = ["RATE_LIMITED", 40];

  it("they are counted, and above the limit they are refused until the minute is over", async () => {
    expect(await codesOf(4, stranger(), [twiceAMinute])).toEqual([FORBIDDEN, FORBIDDEN, LIMITED, LIMITED]);
    const admin = { id: randomUUID(), roles: ["admin"] };
    expect(await codesOf(4, admin, [twiceAMinute, closed])).toEqual([FORBIDDEN, FORBIDDEN, LIMITED, LIMITED]);
  });

  it("they leave fewer calls that are permitted", async () => {
    const id = randomUUID();
    expect(await codesOf(2, { id, roles: [] }, [twiceAMinute])).toEqual([FORBIDDEN, FORBIDDEN]);
    expect(await codesOf(1, { id, roles: ["admin"] }, [twiceAMinute])).toEqual([LIMITED]);
  });

  it("their amounts are not counted, and no limit of amounts decides about them", async () => {
    const customer = aCustomer();
    const payment = aPayment(customer, 2_000, { principal: stranger() });
    await expect(run(succeeding().operation, payment, [tenDollarsADay])).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(paying(customer, 1_000)).resolves.toMatchObject({ replayed: false });
  });
});

describe("given payments of several applications, with a customer and without", () => {
  it("what each application charges each customer, or nobody, has the whole limit and never more", async () => {
    const payment = fc.record({
      application: fc.constantFrom("shop", "till"),
      customer: fc.constantFrom("ada", "bob", undefined),
      amount: fc.integer({ min: 1, max: 700 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(payment, { minLength: 4, maxLength: 14 }), async (payments) => {
        const ids = new Map(["shop", "till", "ada", "bob"].map((name) => [name, aCustomer()]));
        const charged = new Map<string, number>();
        for (const { application, customer, amount } of payments) {
          const call = aCall({
            principal: { id: ids.get(application) ?? "", roles: ["admin"] },
            inputs: { amount, currency: "usd", ...present({ customerId: customer && ids.get(customer) }) },
          });
          const before = charged.get(`${application} ${customer}`) ?? 0;
          const made = await run(succeeding().operation, call, [tenDollarsADay]).then(
            () => true,
            (problem) => {
              expect(problem).toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: expect.any(Number) });
              return false;
            },
          );
          expect(made).toBe(before + amount <= 1_000);
          if (made) charged.set(`${application} ${customer}`, before + amount);
        }
      }),
      { numRuns: tries({ sample: 4, whole: 15 }) },
    );
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
          code: "RATE_LIMITED",
          retryable: true,
          retryAfterSeconds: expect.any(Number),
          issues: [{ path: "amount", message: "At most $10.00 a day" }],
        });
      }
    }
    await expect(paying(customer, 1)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await expect(paying(aCustomer(), 1000)).resolves.toMatchObject({ replayed: false });
  });

  it("a denied payment does not count", async () => {
    const customer = aCustomer();
    await paying(customer, 600);
    await expect(paying(customer, 500)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await expect(paying(customer, 400)).resolves.toMatchObject({ replayed: false });
  });

  it("a repeated payment counts once, and its replay never exceeds the limit", async () => {
    const customer = aCustomer();
    const payment = aPayment(customer, 1000);
    const { keys, operation } = succeeding();
    for (let times = 0; times < 3; times++) await run(operation, payment, [tenDollarsADay]);
    expect(keys).toHaveLength(1);
    await expect(paying(customer, 1)).rejects.toMatchObject({ code: "RATE_LIMITED" });
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
    await expect(paying(customer, 200)).rejects.toMatchObject({ code: "RATE_LIMITED" });
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
    await expect(paying(customer, 200)).rejects.toMatchObject({ code: "RATE_LIMITED" });
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
    await expect(paying(customer, 701)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await expect(paying(customer, 700)).resolves.toMatchObject({ replayed: false });
  });
});

describe("given a limit on the amount that a principal can charge a day", () => {
  const ofAgents = rule({
    id: "hundred-dollars-a-day",
    effect: "DENY",
    condition: '"agent" in principal.roles && usage.principalAmountToday > 10000',
    reason: "At most $100.00 a day",
    reads: { input: ["amount"], usage: ["principalAmountToday"] },
  });
  const anAgent = () => ({ id: randomUUID(), roles: ["admin", "agent"] });
  const charging = (principal: CapabilityCall["principal"], amount: number, changes = {}) =>
    aPayment(aCustomer(), amount, { principal, ...changes });

  interface Tried {
    readonly amount: number;
    /** Whether a call of this payment ended without an outcome, because DynamoDB was slow. */
    wasOpen: boolean;
  }

  /** Like a client: again with the same key while the outcome is open, because DynamoDB is slow or another call has the key. */
  async function untilDecided<T>(payment: Tried, call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (thrown) {
        if (!(thrown instanceof Problem)) throw thrown;
        if (thrown.code === "SERVICE_UNAVAILABLE") payment.wasOpen = true;
        else if (thrown.code !== "CONFLICT") throw thrown;
      }
    }
  }

  const countedFor = async ({ id }: CapabilityCall["principal"]) =>
    (await getItem("UsageCountersTable", { counter: `spent#${id}#usd#${dayOf(new Date())}` }))?.amount;

  it("parallel payments of any amounts, repeated and declined ones among them, never exceed it together", async () => {
    const principal = anAgent();
    const tried: Tried[] = [];
    const charges = new Map<string, number>();
    const declined = new Problem("PAYMENT_REQUIRED", "Declined", { declineCode: "lost_card" });
    const pay = async (call: CapabilityCall, amount: number, isDeclined: boolean) => {
      const payment = { amount, wasOpen: false };
      tried.push(payment);
      const operation = async (_inputs: unknown, { idempotencyKey }: OperationContext) => {
        if (isDeclined) throw declined;
        charges.set(idempotencyKey, amount);
        return { receipt: "r" };
      };
      return untilDecided(payment, () =>
        run(operation, { ...call, deadline: Date.now() + 120_000 }, [ofAgents]),
      );
    };
    const repeated = charging(principal, 5);
    const payments = Array.from({ length: tries({ sample: 80, whole: 1_000 }) }, (_none, index) => {
      const amount = 1 + ((index * 37) % 400);
      const call = charging(principal, amount);
      return index % 10 === 0 ? pay(repeated, 5, false) : pay(call, amount, index % 7 === 0);
    });
    const results = await Promise.allSettled(payments);
    const charged = sum([...charges.values()]);
    expect(charged).toBeGreaterThan(0);
    expect(charged).toBeLessThanOrEqual(10_000);
    expect(results.some(({ status }) => status === "rejected")).toBe(true);
    // Nothing is reserved for what was declined or denied, unless DynamoDB did not respond when it was to be released.
    const unreleased = log.lines().filter(({ event }) => String(event).endsWith(".unsettled")).length;
    const open = sum(tried.filter(({ wasOpen }) => wasOpen).map(({ amount }) => amount));
    const counted = Number(await countedFor(principal));
    expect(counted).toBeGreaterThanOrEqual(charged);
    expect(counted).toBeLessThanOrEqual(charged + open + unreleased * 400);
    const left = 10_000 - counted;
    await expect(
      run(succeeding().operation, charging(principal, left + 1), [ofAgents]),
    ).rejects.toMatchObject({
      code: "RATE_LIMITED",
      message: "At most $100.00 a day",
    });
    if (left > 0)
      await expect(run(succeeding().operation, charging(principal, left), [ofAgents])).resolves.toMatchObject(
        {
          replayed: false,
        },
      );
  });

  it("payments of another currency, another principal and principals without the role have their own or no limit", async () => {
    const principal = anAgent();
    const { operation } = succeeding();
    await run(operation, charging(principal, 10_000), [ofAgents]);
    await run(operation, charging(principal, 10_000, { inputs: { amount: 10_000, currency: "eur" } }), [
      ofAgents,
    ]);
    await run(operation, charging(anAgent(), 10_000), [ofAgents]);
    await run(operation, charging({ ...principal, roles: ["admin"] }, 90_000), [ofAgents]);
    await expect(run(operation, charging(principal, 1), [ofAgents])).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterSeconds: expect.any(Number),
    });
  });
});
