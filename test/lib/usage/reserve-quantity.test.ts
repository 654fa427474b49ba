/** A hard cap on usage: whatever happens at once, what is permitted never exceeds it, and an identifier counts once. */
import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { type CountedUsage, countUsage, type UsageRequest } from "../../../lib/usage/usage-counters.ts";
import { secondsToNextMonth } from "../../../lib/utc-windows.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const NOON = new Date("2026-11-25T12:00:30Z");
const aCustomer = () => `cus_${randomUUID().replaceAll("-", "")}`;
const record = (
  customerId: string,
  fields: object = {},
  changes: Partial<UsageRequest> = {},
): Promise<CountedUsage> =>
  countUsage({
    names: ["quantityThisMonth"],
    principalId: "shop",
    capability: "stripe-record-usage",
    input: { customerId, meter: "calls", quantity: 1, ...fields },
    reservation: randomUUID(),
    now: NOON,
    ...changes,
  });
const total = async (...args: Parameters<typeof record>) => (await record(...args)).usage.quantityThisMonth;

/** Records it, and undoes it unless it is within the limit, as the pipeline does. True if it is permitted. */
async function permitted(limit: number, ...args: Parameters<typeof record>): Promise<boolean> {
  const { usage, undo } = await record(...args);
  if (Number(usage.quantityThisMonth) <= limit) return true;
  await undo();
  return false;
}

const digest = (...parts: readonly unknown[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");

const PARALLEL = tries({ sample: 140, whole: 1_000 });

describe("given a limit on usage", () => {
  it(`of ${PARALLEL} parallel records, exactly as many are permitted as fit`, async () => {
    const customer = aCustomer();
    const all = await Promise.all(
      Array.from({ length: PARALLEL }, (_, n) => permitted(100, customer, { identifier: `id-${n}` })),
    );
    expect(all.filter(Boolean)).toHaveLength(100);
    expect(await total(customer, { identifier: "id-one-more" })).toBe(101);
  });

  it("whatever is recorded at once, repeated and undone, what is permitted stays below it, and the counter has what is left", async () => {
    const calls = fc.array(
      fc.record({
        identifier: fc.nat({ max: 6 }),
        quantity: fc.integer({ min: 1, max: 4 }),
        fails: fc.boolean(),
      }),
      { maxLength: 24 },
    );
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 12 }), async (records, limit) => {
        const customer = aCustomer();
        const kept = new Map<string, number>();
        await Promise.all(
          records.map(async ({ identifier, quantity, fails }) => {
            const fields = { identifier: `${identifier}`, quantity };
            const { usage, undo } = await record(customer, fields);
            if (Number(usage.quantityThisMonth) > limit || fails) await undo();
            else kept.set(`${identifier} ${quantity}`, quantity);
          }),
        );
        const sum = [...kept.values()].reduce((all, one) => all + one, 0);
        expect(sum).toBeLessThanOrEqual(limit);
        expect(await total(customer, { quantity: 0 })).toBe(sum);
      }),
      { numRuns: Number(process.env.RACES ?? tries({ sample: 3, whole: 15 })) },
    );
  });

  it("an identifier counts once, also in the next month, and another quantity or customer is other usage", async () => {
    const customer = aCustomer();
    expect(await total(customer, { identifier: "a", quantity: 5 })).toBe(5);
    expect(await total(customer, { identifier: "a", quantity: 5 }, { principalId: "other" })).toBe(5);
    const december = { now: new Date("2026-12-01T00:00:00Z") };
    expect(await total(customer, { identifier: "a", quantity: 5 }, december)).toBe(0);
    expect(await total(customer, { identifier: "a", quantity: 7 })).toBe(12);
    expect(await total(aCustomer(), { identifier: "a", quantity: 5 })).toBe(5);
    expect(await total(customer, { identifier: "a", quantity: 5, meter: "storage" })).toBe(5);
  });

  it("without an identifier, the call's key is one", async () => {
    const customer = aCustomer();
    expect(await total(customer, {}, { reservation: "key-1" })).toBe(1);
    expect(await total(customer, {}, { reservation: "key-1" })).toBe(1);
    expect(await total(customer, {}, { reservation: "key-2" })).toBe(2);
  });

  it("a repeated record relies on the first one: only when both are undone, it is not counted", async () => {
    const customer = aCustomer();
    const [first, second] = [
      await record(customer, { identifier: "a" }),
      await record(customer, { identifier: "a" }),
    ];
    await first.undo();
    await first.undo();
    expect(await total(customer, { quantity: 0 })).toBe(1);
    await second.undo();
    expect(await total(customer, { quantity: 0 })).toBe(0);
  });

  it("days and months are counted apart, in UTC, and each counter is kept for longer than it counts", async () => {
    const customer = aCustomer();
    const names = ["quantityToday", "quantityThisMonth"] as const;
    const counts = async (now: string) => {
      const { usage } = await record(customer, { quantity: 3 }, { names, now: new Date(now) });
      return [usage.quantityToday, usage.quantityThisMonth];
    };
    expect(await counts("2026-11-29T23:59:59Z")).toEqual([3, 3]);
    expect(await counts("2026-11-30T00:00:00Z")).toEqual([3, 6]);
    expect(await counts("2026-12-01T00:00:00Z")).toEqual([3, 3]);
    expect(secondsToNextMonth(new Date("2026-12-31T23:59:59Z"))).toBe(1);
  });

  it.each<[string, object]>([
    ["a fraction", { quantity: 1.5 }],
    ["a negative quantity", { quantity: -1 }],
    ["a quantity as text", { quantity: "1" }],
    ["a quantity that is not exact", { quantity: 2 ** 53 }],
    ["a meter that is not text", { meter: 5 }],
    ["no meter", { meter: undefined }],
  ])("%s is no usage, and counts nothing", async (_what, fields) => {
    const customer = aCustomer();
    const { usage, hold, undo } = await record(customer, { identifier: "a", ...fields });
    expect(usage).toEqual({ quantityThisMonth: 0 });
    expect(await hold()).toEqual({ quantityThisMonth: 0 });
    await undo();
    expect(await total(customer, { identifier: "a", quantity: 0 })).toBe(0);
  });

  it("usage that no rule limits is not counted", async () => {
    const customer = aCustomer();
    const { usage, undo } = await record(customer, { identifier: "a" }, { names: ["callsToday"] });
    expect(Object.keys(usage)).toEqual(["callsToday"]);
    const counter = `reservation#${digest("a", customer, "calls", 1)}`;
    expect(await getItem("UsageCountersTable", { counter })).toBeUndefined();
    await undo();
    expect(await total(customer, { identifier: "a" })).toBe(1);
  });

  it("an identifier that is not text is none: the call's key is one", async () => {
    const customer = aCustomer();
    const fields = { identifier: 7 };
    expect(await total(customer, fields, { reservation: "key-3" })).toBe(1);
    expect(await total(customer, fields, { reservation: "key-4" })).toBe(2);
  });

  it("without a customer that can be named, all usage counts together", async () => {
    const meter = randomUUID();
    expect(await total("cus 1", { meter })).toBe(1);
    expect(await total("cus 2", { meter })).toBe(2);
  });

  it("neither the meter nor the identifier is in the table as it was sent", async () => {
    const customer = aCustomer();
    await record(customer, { meter: "calls", identifier: "a" });
    const [month, reservation] = [
      `quantity#${digest(customer, "calls")}#2026-11`,
      `reservation#${digest("a", customer, "calls", 1)}`,
    ];
    expect(await getItem("UsageCountersTable", { counter: month })).toMatchObject({ quantity: 1 });
    expect(await getItem("UsageCountersTable", { counter: reservation })).toMatchObject({
      counters: [month],
    });
  });
});
