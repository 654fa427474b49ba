/** A hard cap on usage: whatever happens at once, what is permitted never exceeds it, and an identifier counts once. */
import { randomUUID } from "node:crypto";
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

  it("a call that records no usage counts nothing", async () => {
    const { usage } = await record(aCustomer(), { quantity: 1.5 });
    expect(usage).toEqual({ quantityThisMonth: 0 });
    expect(await getItem("UsageCountersTable", { counter: "reservation#" })).toBeUndefined();
  });
});
