import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem, updateItem } from "../../../lib/aws/dynamodb.ts";
import {
  type CountedUsage as Counted,
  countUsage,
  type UsageRequest,
} from "../../../lib/usage/usage-counters.ts";
import { secondsToNextMinute } from "../../../lib/utc-windows.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const NOON = new Date("2026-11-25T12:00:30Z");
const later = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);

const aRequest = (changes: Partial<UsageRequest> = {}): UsageRequest => ({
  names: ["callsThisMinute", "customerAmountToday"],
  principalId: "shop",
  capability: randomUUID(),
  input: { customerId: "cus_1", currency: "usd", amount: 100 },
  reservation: randomUUID(),
  now: NOON,
  ...changes,
});
const aCustomer = () => `cus_${randomUUID().replaceAll("-", "")}`;
const paying = (customerId: string, amount: number, changes: Partial<UsageRequest> = {}) =>
  aRequest({ names: ["customerAmountToday"], input: { customerId, currency: "usd", amount }, ...changes });

const CALLS = tries({ sample: 60, whole: 200 });

describe("given calls of one principal to one capability", () => {
  it(`each of ${CALLS} concurrent calls gets its own number`, async () => {
    const request = aRequest({ names: ["callsThisMinute"] });
    const counted = await Promise.all(Array.from({ length: CALLS }, () => countUsage(request)));
    const numbers = counted.map(({ usage }) => usage.callsThisMinute ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: CALLS }, (_, i) => i + 1));
  });

  it("the count starts again with the next minute, for another capability and for another principal", async () => {
    const request = aRequest({ names: ["callsThisMinute"] });
    await countUsage(request);
    const calls = async (changes: Partial<UsageRequest>) =>
      (await countUsage({ ...request, ...changes })).usage.callsThisMinute;
    expect(await calls({ now: later(29) })).toBe(2);
    expect(await calls({ now: later(30) })).toBe(1);
    expect(await calls({ capability: randomUUID() })).toBe(1);
    expect(await calls({ principalId: "other" })).toBe(1);
  });

  it("the count of a day goes on through its minutes, and starts again with the next day, in UTC", async () => {
    const request = aRequest({ names: ["callsThisMinute", "callsToday"] });
    const counts = async (changes: Partial<UsageRequest> = {}) => {
      const { callsThisMinute, callsToday } = (await countUsage({ ...request, ...changes })).usage;
      return [callsThisMinute, callsToday];
    };
    expect(await counts()).toEqual([1, 1]);
    expect(await counts({ now: later(60) })).toEqual([1, 2]);
    expect(await counts({ now: new Date("2026-11-25T23:59:59.999Z") })).toEqual([1, 3]);
    expect(await counts({ now: new Date("2026-11-26T00:00:00Z") })).toEqual([1, 1]);
    expect(await counts({ capability: randomUUID() })).toEqual([1, 1]);
    expect(await counts({ principalId: "other" })).toEqual([1, 1]);
  });

  it("says after how many seconds the next minute begins", () => {
    expect(secondsToNextMinute(NOON)).toBe(30);
    expect(secondsToNextMinute(later(30))).toBe(60);
    expect(secondsToNextMinute(later(29.999))).toBe(1);
  });
});

describe("given payments of one customer", () => {
  it("of fifty concurrent payments under a limit of ten, exactly ten stay below it", async () => {
    const customer = aCustomer();
    const counted = await Promise.all(Array.from({ length: 50 }, () => countUsage(paying(customer, 100))));
    expect(counted.filter(({ usage }) => Number(usage.customerAmountToday) <= 1000)).toHaveLength(10);
  });

  it("a repeated payment is counted once, however often it is repeated", async () => {
    const request = paying(aCustomer(), 700);
    const counted = await Promise.all(Array.from({ length: 20 }, () => countUsage(request)));
    expect(new Set(counted.map(({ usage }) => usage.customerAmountToday))).toEqual(new Set([700]));
  });

  it("each currency, each customer and each UTC day has its own sum", async () => {
    const customer = aCustomer();
    const total = async (changes: Partial<UsageRequest>) =>
      (await countUsage(paying(customer, 5, changes))).usage.customerAmountToday;
    expect(await total({})).toBe(5);
    expect(await total({ input: { customerId: customer, currency: "eur", amount: 7 } })).toBe(7);
    expect(await total({ input: { customerId: aCustomer(), currency: "usd", amount: 8 } })).toBe(8);
    expect(await total({ now: new Date("2026-11-25T23:59:59.999Z") })).toBe(10);
    expect(await total({ now: new Date("2026-11-26T00:00:00Z") })).toBe(5);
  });

  it("a released amount no longer counts, and released twice it is subtracted once", async () => {
    const customer = aCustomer();
    await countUsage(paying(customer, 100));
    const second = await countUsage(paying(customer, 50));
    await second.undo();
    await second.undo();
    expect((await countUsage(paying(customer, 1))).usage.customerAmountToday).toBe(101);
  });

  it("a repeated call does not release the amount that the first one reserved", async () => {
    const customer = aCustomer();
    const request = paying(customer, 100);
    await countUsage(request);
    await (await countUsage(request)).undo();
    expect((await countUsage(paying(customer, 1))).usage.customerAmountToday).toBe(101);
  });

  it.each<[string, (first: Counted, second: Counted) => Promise<unknown>, number]>([
    ["holds it before the first one releases it: it counts", (a, b) => b.hold().then(a.undo), 101],
    ["holds it after the first one has released it: it counts again", (a, b) => a.undo().then(b.hold), 101],
    ["holds it twice: it counts once", (_, b) => b.hold().then(b.hold), 101],
    ["holds it, and both release it: it does not count", (a, b) => b.hold().then(a.undo).then(b.undo), 1],
    ["holds it and releases it: the first one still holds it", (_, b) => b.hold().then(b.undo), 101],
  ])("a second call of the payment %s", async (_what, happens, total) => {
    const customer = aCustomer();
    const request = paying(customer, 100);
    await happens(await countUsage(request), await countUsage(request));
    expect((await countUsage(paying(customer, 1))).usage.customerAmountToday).toBe(total);
  });

  it("a call that holds its amount again gets the sum as of then", async () => {
    const customer = aCustomer();
    const request = paying(customer, 100);
    const first = await countUsage(request);
    const second = await countUsage(request);
    await first.undo();
    await countUsage(paying(customer, 50));
    expect((await second.hold()).customerAmountToday).toBe(150);
  });

  it("the sum is that of the payments that were not released, in every order of events", async () => {
    const step = fc.record({
      payment: fc.nat(4),
      amount: fc.integer({ min: 1, max: 1000 }),
      takenBack: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const customer = aCustomer();
        const kept = new Map<number, number>();
        for (const { payment, amount, takenBack } of steps) {
          const counted = await countUsage(paying(customer, amount, { reservation: `payment ${payment}` }));
          const isFirst = !kept.has(payment);
          if (isFirst) kept.set(payment, amount);
          expect(counted.usage.customerAmountToday).toBe(sum(kept.values()));
          if (takenBack) await counted.undo();
          if (takenBack && isFirst) kept.delete(payment);
        }
      }),
      { numRuns: tries({ sample: 4, whole: 30 }) },
    );
  });
});

describe("given payments of one principal", () => {
  const principalId = randomUUID();
  const names = ["customerAmountToday", "principalAmountToday"] as const;
  const pays = async (amount: number, changes: Partial<UsageRequest> = {}) =>
    countUsage(paying(aCustomer(), amount, { principalId, names, ...changes }));

  it("those of all its customers count together, by currency, day and principal", async () => {
    const totals = async (...args: Parameters<typeof pays>) => (await pays(...args)).usage;
    expect(await totals(5)).toEqual({ customerAmountToday: 5, principalAmountToday: 5 });
    expect(await totals(7)).toEqual({ customerAmountToday: 7, principalAmountToday: 12 });
    const inEuro = { input: { currency: "eur", amount: 3 } };
    expect((await totals(0, inEuro)).principalAmountToday).toBe(3);
    expect((await totals(4, { now: new Date("2026-11-26T00:00:00Z") })).principalAmountToday).toBe(4);
    expect((await totals(4, { principalId: randomUUID() })).principalAmountToday).toBe(4);
    expect(
      await getItem("UsageCountersTable", { counter: `spent#${principalId}#usd#2026-11-25` }),
    ).toMatchObject({
      amount: 12,
    });
  });

  it("a call that holds or releases its amount does so for its customer and for its principal", async () => {
    const request = paying(aCustomer(), 100, { principalId: randomUUID(), names });
    const [first, second] = [await countUsage(request), await countUsage(request)];
    await first.undo();
    expect(await second.hold()).toEqual({ customerAmountToday: 100, principalAmountToday: 100 });
    await second.undo();
    const next = { ...request, input: { ...Object(request.input), amount: 1 }, reservation: randomUUID() };
    expect((await countUsage(next)).usage).toEqual({ customerAmountToday: 1, principalAmountToday: 1 });
  });
});

describe("given payments without a customer that can be named", () => {
  it.each<[string, object]>([
    ["none", {}],
    ["null", { customerId: null }],
    ["one that is not text", { customerId: 5 }],
    ["an empty id", { customerId: "" }],
    ["an id that is too long for a key", { customerId: "c".repeat(256) }],
    ["a client secret", { customerId: "pi_1_secret_2" }],
    ["an id with something before it", { customerId: "!cus_1" }],
    ["an id with something after it", { customerId: "cus_1!" }],
    ["the sign for none", { customerId: "-" }],
  ])(
    "%s: all those of one principal count together, and apart from those of another",
    async (_what, customer) => {
      const principalId = randomUUID();
      const total = async (input: object, principal = principalId) =>
        (
          await countUsage(
            paying("", 0, { principalId: principal, input: { ...input, currency: "usd", amount: 5 } }),
          )
        ).usage.customerAmountToday;
      expect(await total({})).toBe(5);
      expect(await total(customer)).toBe(10);
      expect(await total(customer, randomUUID())).toBe(5);
      expect(
        await getItem("UsageCountersTable", { counter: `amount#${principalId}#-#usd#2026-11-25` }),
      ).toMatchObject({
        amount: 10,
      });
    },
  );
});

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe("given a call that is not a payment", () => {
  it.each<[string, unknown]>([
    ["no amount", { customerId: "cus_none", priceId: "price_1" }],
    ["a negative amount", { customerId: "cus_none", currency: "usd", amount: -5 }],
    ["half a cent", { customerId: "cus_none", currency: "usd", amount: 0.5 }],
    ["an invalid currency", { customerId: "cus_none", currency: "usd#", amount: 5 }],
    ["no currency", { customerId: "cus_none", amount: 5 }],
    ["nothing", null],
  ])("%s: it counts as 0 and nothing is written", async (_what, input) => {
    const counted = await countUsage(aRequest({ names: ["customerAmountToday"], input }));
    expect(counted.usage).toEqual({ customerAmountToday: 0 });
    expect(await counted.hold()).toEqual({ customerAmountToday: 0 });
    await counted.undo();
    expect(
      await getItem("UsageCountersTable", { counter: "amount#shop#cus_none#usd#2026-11-25" }),
    ).toBeUndefined();
  });

  it("counters that no rule reads are not changed", async () => {
    const customer = aCustomer();
    const counted = await countUsage(paying(customer, 5, { names: [] }));
    expect(counted.usage).toStrictEqual({});
    expect(
      await getItem("UsageCountersTable", { counter: `amount#shop#${customer}#usd#2026-11-25` }),
    ).toBeUndefined();
  });
});

describe("given the bounds of a payment", () => {
  const totalOf = async (input: unknown) =>
    (await countUsage(aRequest({ names: ["customerAmountToday"], input }))).usage.customerAmountToday;

  it.each<[string, object]>([
    ["an id of 255 characters", { customerId: `c${"u".repeat(254)}` }],
    ["an id of one character", { customerId: "c" }],
    ["the largest exact amount", { amount: Number.MAX_SAFE_INTEGER, customerId: aCustomer() }],
    ["one cent", { amount: 1, customerId: aCustomer() }],
  ])("%s counts", async (_what, changes) => {
    const payment = { customerId: "cus_bound", currency: "usd", amount: 5, ...changes };
    expect(await totalOf(payment)).toBe(payment.amount);
  });

  it("an amount of 0 adds 0, and is a payment", async () => {
    const customer = aCustomer();
    await countUsage(paying(customer, 5));
    expect(await totalOf({ customerId: customer, currency: "usd", amount: 0 })).toBe(5);
  });

  it.each<[string, object]>([
    ["a currency in capitals", { currency: "USD" }],
    ["a currency of two letters", { currency: "us" }],
    ["a currency with something before it", { currency: "1usd" }],
    ["a currency with something after it", { currency: "usdx" }],
    ["a currency that is not text", { currency: ["usd"] }],
    ["an amount as text", { amount: "5" }],
    ["an amount that is not exact", { amount: 2 ** 53 }],
    ["an amount that is not a number", { amount: Number.NaN }],
  ])("%s does not", async (_what, changes) => {
    expect(await totalOf({ customerId: "cus_1", currency: "usd", amount: 5, ...changes })).toBe(0);
  });

  it.each<[string, unknown]>([
    ["text", "customerId currency amount"],
    ["an amount alone", { amount: 5 }],
    ["a customer alone", { customerId: "cus_1" }],
  ])("%s does not either", async (_what, input) => {
    expect(await totalOf(input)).toBe(0);
  });
});

describe("given the item that the table stores for a count", () => {
  const inTwoDays = Math.floor(NOON.getTime() / 1000) + 2 * 24 * 60 * 60;

  it("for calls, it has their number, their minute, and an expiry two days after the first of them", async () => {
    const request = aRequest({ names: ["callsThisMinute"], now: later(0.75) });
    await countUsage(request);
    await countUsage({ ...request, now: later(5) });
    expect(
      await getItem("UsageCountersTable", { counter: `calls#shop#${request.capability}#2026-11-25T12:00` }),
    ).toEqual({ counter: expect.any(String), calls: 2, expiresAt: inTwoDays });
  });

  it("for amounts, it has the sum, for each payment a mark of 8 characters with the mark of its call, and the expiry", async () => {
    const customer = aCustomer();
    await countUsage(paying(customer, 5, { reservation: "order 1", now: later(0.75) }));
    await countUsage(paying(customer, 7, { reservation: "order 2", now: later(5) }));
    const key = { counter: `amount#shop#${customer}#usd#2026-11-25` };
    expect(await getItem("UsageCountersTable", key)).toEqual({
      ...key,
      amount: 12,
      // The beginning of the SHA-256 of the reservation, in base64url.
      "89bw1VsF": new Set([expect.stringMatching(/^[\w-]{4}$/)]),
      rOBg5nsx: new Set([expect.stringMatching(/^[\w-]{4}$/)]),
      expiresAt: inTwoDays,
    });
  });

  it("a released amount leaves no mark, and can be reserved again", async () => {
    const customer = aCustomer();
    const payment = paying(customer, 5, { reservation: "order 1" });
    await (await countUsage(payment)).undo();
    const key = { counter: `amount#shop#${customer}#usd#2026-11-25` };
    expect(await getItem("UsageCountersTable", key)).toEqual({ ...key, amount: 0, expiresAt: inTwoDays });
    expect((await countUsage(payment)).usage.customerAmountToday).toBe(5);
  });
});

describe("given calls that are counted and amounts that are not", () => {
  it("a release changes nothing", async () => {
    const counted = await countUsage(aRequest({ names: ["callsThisMinute"] }));
    expect(counted.usage).toStrictEqual({ callsThisMinute: 1 });
    await expect(counted.undo()).resolves.toBeUndefined();
  });
});

describe("given a counter that was damaged", () => {
  it("its payment is refused, because a non-number compares below every limit", async () => {
    const customer = aCustomer();
    const payment = paying(customer, 5);
    await countUsage(payment);
    const key = { counter: `amount#shop#${customer}#usd#2026-11-25` };
    await updateItem("UsageCountersTable", key, "REMOVE amount", {});
    await expect(countUsage(payment)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "A usage counter does not contain a number",
    });
  });
});
