/**
 * Races of simultaneous creations, and of creations against subscriptions from Checkout and the dashboard. RACES sets how many
 * are run.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { createSubscription } from "../../../functions/stripe-create-subscription/operation.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import type { OperationContext } from "../../../lib/capability/capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { duplicatesIn } from "../../../lib/subscriptions/duplicates.ts";
import { liveSubscriptions } from "../../../lib/subscriptions/live-subscriptions.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { stripeShop } from "../../steps/given-a-subscriber.ts";
import { deliver } from "../../steps/subscription-events.ts";
import { timeLeft } from "../../steps/time-left.ts";

/** Races that are run at the same time, each with its own customer: most of a race is waiting. */
const RACES_AT_ONCE = 4;
const RACES = Number(process.env.RACES ?? tries({ sample: 8, whole: 100 }));
const ROUNDS = Math.ceil(RACES / RACES_AT_ONCE);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

given.capturedLog();
const shop = stripeShop();
let races = 0;
beforeEach(() => {
  process.env.DUPLICATE_SUBSCRIPTIONS = "report";
});
afterAll(() => {
  delete process.env.DUPLICATE_SUBSCRIPTIONS;
  process.stderr.write(
    `${races} races of creations, at most one live subscription after each (SEED=${SEED})\n`,
  );
});

interface Race {
  /** How long each call waits before it begins, in milliseconds. */
  readonly calls: readonly number[];
  /** Subscriptions that are made elsewhere; a paid one is charged at once. */
  readonly elsewhere: readonly { readonly at: number; readonly isPaid: boolean }[];
  /** In which events are delivered. */
  readonly order: number;
}

interface Round {
  readonly races: readonly Race[];
  /** How many responses of Stripe to a creation are lost, in any of the races. */
  readonly lost: number;
  readonly action: "report" | "cancel";
}

const after = fc.integer({ min: 0, max: 12 });
const anyRace = fc.record<Race>({
  calls: fc.array(after, { minLength: 2, maxLength: 5 }),
  elsewhere: fc.array(fc.record({ at: after, isPaid: fc.boolean() }), { maxLength: 2 }),
  order: fc.nat(),
});
const anyRound = fc.record<Round>({
  races: fc.array(anyRace, { minLength: RACES_AT_ONCE, maxLength: RACES_AT_ONCE }),
  lost: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 * RACES_AT_ONCE })),
  action: fc.constantFrom("report", "cancel"),
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A call that is repeated with its key until it ends, as callers are asked to. */
async function call(customerId: string, priceId: string, quantity: number): Promise<string | undefined> {
  const context: OperationContext = {
    ...timeLeft(20_000),
    requestId: randomUUID(),
    idempotencyKey: randomUUID(),
    noteVendorRequest: () => undefined,
    principal: { id: randomUUID(), roles: ["billing"] },
  };
  for (;;) {
    try {
      return (
        await createSubscription({ customerId, priceId, quantity }, { ...context, ...timeLeft(20_000) })
      ).subscriptionId;
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      if (thrown.code === "CONFLICT") return undefined;
      if (!thrown.retryable) throw thrown;
    }
  }
}

const liveOf = (customer: string) =>
  liveSubscriptions(() => shop.stripe.subscriptions.list({ customer, limit: 100 }));

/** Delivers every event of the customer's subscriptions at least twice, in any order, until there is no other. */
async function deliverAll(customer: string, order: number): Promise<void> {
  const delivered = new Set<string>();
  for (;;) {
    const fresh = (await subscriptionEvents()).filter(
      ({ id, data }) => "customer" in data.object && data.object.customer === customer && !delivered.has(id),
    );
    if (fresh.length === 0) return;
    const turned = [...fresh, ...fresh].sort(
      (a, b) => hash(`${a.id}${order}`) - hash(`${b.id}${order}`) || (a.id < b.id ? -1 : 1),
    );
    // Two at once, as two consumers would.
    for (let from = 0; from < turned.length; from += 2)
      await Promise.all(turned.slice(from, from + 2).map(deliverUntilDone));
    for (const { id } of fresh) delivered.add(id);
  }
}

function subscriptionEvents(): Promise<Stripe.Event[]> {
  return shop.stripe.events.list({ type: "customer.subscription.*", limit: 100 }).autoPagingToArray({
    limit: 10_000,
  });
}

async function deliverUntilDone(event: Stripe.Event): Promise<void> {
  for (;;) {
    try {
      return await deliver(event);
    } catch (thrown) {
      if (!(thrown instanceof Problem) || !thrown.retryable) throw thrown;
      await pause(5);
    }
  }
}

const hash = (text: string) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);

async function run({ races: all, lost, action }: Round): Promise<void> {
  process.env.DUPLICATE_SUBSCRIPTIONS = action;
  await shop.control("POST", "reset");
  const starts = await Promise.all(
    all.map(async (race) => ({
      race,
      customer: await shop.customer("pm_card_visa"),
      price: await shop.price(),
    })),
  );
  if (lost > 0) {
    const match = { method: "POST", path: "/v1/subscriptions" };
    await shop.control("POST", "faults", { kind: "reset_after_commit", times: lost, match });
  }
  const created = await Promise.all(starts.map((start) => create(start)));
  await shop.control("DELETE", "faults");
  await Promise.all(
    starts.map(({ race, customer }, index) => judge(customer, race, action, created[index] ?? [])),
  );
}

/** Resolves with what the successful calls returned. */
async function create({
  race,
  customer,
  price,
}: {
  readonly race: Race;
  readonly customer: string;
  readonly price: string;
}): Promise<string[]> {
  const results = await Promise.all([
    ...race.calls.map(async (ms, index) => {
      await pause(ms);
      return call(customer, price, (index % 2) + 1);
    }),
    ...race.elsewhere.map(async ({ at, isPaid }): Promise<undefined> => {
      await pause(at);
      const payment_behavior = isPaid ? "allow_incomplete" : "default_incomplete";
      // Its response may be lost, too.
      await shop.subscription({ customer, price, payment_behavior }).catch(() => undefined);
    }),
  ]);
  return results.filter((id) => id !== undefined);
}

async function judge(
  customer: string,
  race: Race,
  action: Round["action"],
  created: readonly string[],
): Promise<void> {
  expect(new Set(created).size).toBeLessThanOrEqual(1);
  if (race.elsewhere.length === 0) {
    expect(created).toHaveLength(1);
    expect((await liveOf(customer)).map(({ id }) => id)).toEqual(created);
  }
  await deliverAll(customer, race.order);
  const live = await liveOf(customer);
  const duplicates = duplicatesIn(live);
  expect(live.length - duplicates.length).toBe(1);
  if (action === "cancel") expect(live).toHaveLength(1);
  for (const { subscription } of duplicates) expect(await isReported(subscription.id)).toBe(true);
  await expectRefundedOnce(customer);
  races += 1;
}

async function isReported(id: string): Promise<boolean> {
  return (await getItem("SubscriptionClaimsTable", { claim: `duplicate#${id}` }))?.publishedAt !== undefined;
}

/** Every canceled subscription that was paid has one refund of all of it. */
async function expectRefundedOnce(customer: string): Promise<void> {
  const canceled = await shop.stripe.subscriptions.list({ customer, status: "canceled", limit: 100 });
  for (const { id } of canceled.data) {
    expect(await isReported(id)).toBe(true);
    for (const invoice of (await shop.stripe.invoices.list({ subscription: id })).data) {
      if (invoice.amount_paid === 0) continue;
      const payments = await shop.stripe.invoicePayments.list({ invoice: invoice.id ?? "", status: "paid" });
      const payment_intent = String(payments.data[0]?.payment.payment_intent);
      const { data } = await shop.stripe.refunds.list({ payment_intent });
      expect(data.map(({ amount }) => amount)).toEqual([invoice.amount_paid]);
    }
  }
}

describe("given two to five simultaneous creations, and subscriptions made elsewhere at the same time", () => {
  it(
    "at most one is live at the end; the others are reported, or canceled and refunded once",
    async () => {
      await fc.assert(fc.asyncProperty(anyRound, run), {
        numRuns: ROUNDS,
        seed: SEED,
        endOnFailure: true,
      });
    },
    ROUNDS * RACES_AT_ONCE * 5_000,
  );
});
