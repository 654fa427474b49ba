/**
 * The right person, always: in any sequence of calls, deletions, changes of address and user, customers that somebody else
 * creates, events in any order, broken connections and changes of account.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { type Asked, openShop } from "./shop.ts";

given.localAws();
given.capturedLog();
let shop: Awaited<ReturnType<typeof openShop>>;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** Each address in several spellings; the domain gets the number of the run. */
const ADDRESSES = [
  (run: number) => [`ada@r${run}.example.com`, `Ada@R${run}.Example.com`],
  (run: number) => [`team@r${run}.exämple.de`, `TEAM@r${run}.xn--exmple-cua.de`],
];
/** The SDK sends a request twice, and gets a fault twice. */
const FAULTS = ["reset_after_commit", "truncate", "status"] as const;
const USERS = ["u-1", "u-2", undefined];

type Action =
  | {
      readonly kind: "create";
      readonly address: number;
      readonly spelling: number;
      readonly user: number;
      readonly calls: number;
      /** Of Stripe, while it creates. */
      readonly fault?: (typeof FAULTS)[number] | undefined;
    }
  | { readonly kind: "delete"; readonly customer: number }
  | {
      readonly kind: "change";
      readonly customer: number;
      readonly address: number;
      readonly user?: number | undefined;
    }
  | { readonly kind: "add"; readonly address: number; readonly spelling: number; readonly user: number }
  | { readonly kind: "deliver"; readonly reversed: boolean }
  | { readonly kind: "move" };

const address = fc.nat(ADDRESSES.length - 1);
const spelling = fc.nat(1);
const user = fc.nat(USERS.length - 1);
const customer = fc.nat(5);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      address,
      spelling,
      user,
      calls: fc.integer({ min: 1, max: 3 }),
      fault: fc.option(fc.constantFrom(...FAULTS), { nil: undefined, freq: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), customer }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      customer,
      address,
      user: fc.option(user, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("add" as const), address, spelling, user }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("deliver" as const), reversed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("move" as const) }) },
);

let run = 0;

/** One run: what happens at Stripe, and what every call must return. */
function aRun() {
  run += 1;
  const number = run;
  const emailOf = (index: number, spelt: number) => ADDRESSES[index]?.(number)[spelt] ?? "";
  const userOf = (index: number) => USERS[index] && `${USERS[index]}-${number}`;
  const asked = (index: number, spelt: number, who: number): Asked => {
    const userId = userOf(who);
    return { email: emailOf(index, spelt), ...(userId === undefined ? {} : { metadata: { userId } }) };
  };
  const live = async (): Promise<Stripe.Customer[]> =>
    (await shop.stripe.customers.list({ limit: 100 })).data;
  const isOf = (found: Stripe.Customer, index: number, who: number) =>
    userOf(who) === undefined
      ? found.metadata.userId === undefined && [0, 1].some((spelt) => found.email === emailOf(index, spelt))
      : found.metadata.userId === userOf(who);
  let delivered = 0;

  async function create({
    address: index,
    spelling: spelt,
    user: who,
    calls,
    fault,
  }: Extract<Action, { kind: "create" }>) {
    const before = (await live()).filter((found) => isOf(found, index, who));
    if (fault !== undefined) {
      const match = { method: "POST", path: "/v1/customers" };
      const status = fault === "status" ? { status: 500 } : {};
      await shop.orderFault({ kind: fault, times: 2, match, ...status });
    }
    const answers = await Promise.all(
      Array.from({ length: calls }, () => shop.create(asked(index, spelt, who))),
    );
    await shop.takeBackFaults();
    const all = await live();
    const after = all.filter((found) => isOf(found, index, who));
    for (const { status, body } of answers) {
      if (status !== 200) {
        expect(body).toMatchObject({ retryable: true });
        continue;
      }
      // Never a deleted customer, and never another person's.
      expect(after.map(({ id }) => id)).toContain(body.customerId);
      expect(body.email).toBe(after.find(({ id }) => id === body.customerId)?.email);
    }
    // At most one customer for the person, unless somebody else has added more.
    expect(after.length).toBe(before.length === 0 ? Math.min(after.length, 1) : before.length);
    expect(new Set(answers.flatMap(({ body }) => body.customerId ?? [])).size).toBeLessThanOrEqual(1);
  }

  async function change({ customer: index, address: to, user: who }: Extract<Action, { kind: "change" }>) {
    const found = (await live())[index];
    if (found === undefined) return;
    await shop.stripe.customers.update(found.id, {
      email: emailOf(to, 0),
      ...(who === undefined ? {} : { metadata: { userId: userOf(who) ?? "" } }),
    });
  }

  async function deliver(reversed: boolean) {
    const events = (await shop.eventsSince(delivered)).filter(({ type }) => type.startsWith("customer."));
    delivered = (await shop.eventsSince(0)).length;
    for (const event of reversed ? events.toReversed() : events) await shop.deliver(event);
  }

  return async (next: Action): Promise<void> => {
    switch (next.kind) {
      case "create":
        return create(next);
      case "delete": {
        const found = (await live())[next.customer];
        if (found !== undefined) await shop.stripe.customers.del(found.id);
        return;
      }
      case "change":
        return change(next);
      case "add":
        await shop.stripe.customers.create(asked(next.address, next.spelling, next.user));
        return;
      case "deliver":
        return deliver(next.reversed);
      case "move":
        delivered = 0;
        await shop.changeAccount();
    }
  };
}

describe("given a shop in which anything can happen", () => {
  it("no call ever returns a deleted customer or another person's, and a person has at most one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 12 }), async (actions) => {
        await shop.changeAccount();
        const perform = aRun();
        for (const next of actions) await perform(next);
      }),
      { numRuns: tries({ sample: 2, whole: 15 }) },
    );
  });
});
