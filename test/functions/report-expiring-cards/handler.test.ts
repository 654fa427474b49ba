import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { handler } from "../../../functions/report-expiring-cards/handler.ts";
import { deleteItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { queueOf } from "../../../lib/events/event-queues.ts";
import type { ExpiringCardEffect } from "../../../lib/expiring-cards/expiring-card.ts";
import { notifyOfExpiringCard } from "../../../lib/expiring-cards/notify-of-expiring-card.ts";
import { reportExpiringCards } from "../../../lib/expiring-cards/report-expiring-cards.ts";
import { holdTask } from "../../../lib/reconcile/progress.ts";
import { consumerOf } from "../../steps/consuming.ts";
import { type FailingDynamoDb, failingDynamoDb } from "../../steps/failing-dynamodb.ts";
import * as given from "../../steps/given.ts";
import { stripeShop } from "../../steps/given-a-subscriber.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { subscribedApplication } from "../../steps/subscribed-application.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The cards of the tests stop working here. */
const END = Date.UTC(2028, 4, 1);
const inTheWindow = (days = 20) => END - days * DAY_MS;

const log = given.capturedLog();
const shop = stripeShop();
const toldEverything = subscribedApplication(shop.aws);
let dynamodb: FailingDynamoDb;
let applied = 0;
beforeAll(async () => {
  dynamodb = await failingDynamoDb();
});
afterAll(() => dynamodb.close());
beforeEach(async () => {
  dynamodb.reset();
  for (const { objectId } of await scanTable("StripeObjectsTable"))
    await deleteItem("StripeObjectsTable", { objectId }, {});
  await deleteItem("RepairProgressTable", { task: "report-expiring-cards" }, {});
  await told();
});

const told = async () => (await toldEverything()).filter(({ type }) => type === "payment_method.expiring");

/** Applies the events that have happened since the last time. */
async function apply(accept = (_type: string) => true): Promise<void> {
  const events = await emulatorClient(process.env.STRIPE_API_BASE ?? "").eventsSince(applied);
  applied += events.length;
  for (const event of events.filter(({ type }) => accept(type))) {
    const queue = queueOf(event.type);
    if (queue !== "customer" && queue !== "subscription") continue;
    const record = sqsRecord(queue, JSON.stringify(event));
    const handle = await consumerOf(queue);
    expect((await handle({ Records: [record] }, given.lambdaContext(20_000))).batchItemFailures).toEqual([]);
  }
}

async function aCard(customer: string, card = { exp_month: 4, exp_year: 2028 }): Promise<string> {
  const { id } = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
  await shop.stripe.paymentMethods.update(id, { card });
  return id;
}

const makeDefault = (customer: string, card: string) =>
  shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } });

/** A customer of the application whose default card expires in April 2028. */
async function aPayer(): Promise<{ readonly customer: string; readonly card: string }> {
  const { id: customer } = await shop.stripe.customers.create({ metadata: { userId: "user-7" } });
  const card = await aCard(customer);
  await makeDefault(customer, card);
  return { customer, card };
}

/** Runs the function as it is scheduled for this time: Unix milliseconds. Returns its log line. */
async function run(at: number): Promise<Record<string, unknown> | undefined> {
  log.clear();
  await handler({ time: new Date(at).toISOString() }, given.lambdaContext(60_000));
  return log.lines().find(({ event }) => event === "expiring-cards.reported");
}

describe("given a subscriber whose card expires", () => {
  it("the application is told once, 30 days before the end of the card's last month, and no sooner", async () => {
    const { customer, card } = await aPayer();
    const { id: subscription } = await shop.subscription({ customer });
    await apply();
    await run(END - 30 * DAY_MS - 1);
    expect(await told()).toEqual([]);
    expect(await run(END - 30 * DAY_MS)).toMatchObject({ outcome: "succeeded", reported: 1, failed: 0 });
    expect(await told()).toEqual([
      {
        version: 1,
        id: `evt_expiring_${card}_2028-04`,
        type: "payment_method.expiring",
        occurredAt: "2028-04-01T00:00:00.000Z",
        livemode: false,
        object: {
          ...{ type: "payment_method", id: card, status: "attached", customerId: customer, revision: 2 },
          ...{ brand: "visa", last4: "4242", expMonth: 4, expYear: 2028 },
          subscriptionIds: [subscription],
        },
        application: { userId: "user-7" },
      },
    ]);
    await shop.stripe.paymentMethods.update(card, { metadata: { seen: "yes" } });
    await apply();
    for (const days of [30, 29, 1, 0, -1]) await run(inTheWindow(days));
    expect(await told()).toEqual([]);
  });

  it("it is told again of another month, after the network has renewed the card", async () => {
    const { card } = await aPayer();
    await apply();
    await run(inTheWindow());
    await shop.stripe.paymentMethods.update(card, { card: { exp_month: 4, exp_year: 2031 } });
    await apply();
    await run(inTheWindow(10));
    await run(Date.UTC(2031, 3, 10));
    expect((await told()).map(({ id }) => id)).toEqual([
      `evt_expiring_${card}_2028-04`,
      `evt_expiring_${card}_2031-04`,
    ]);
  });
});

describe("given a card that the application need not know of", () => {
  it.each<[string, (customer: string, card: string) => Promise<unknown>]>([
    [
      "renewed by the network",
      (_, card) => shop.stripe.paymentMethods.update(card, { card: { exp_month: 4, exp_year: 2031 } }),
    ],
    ["detached", (_, card) => shop.stripe.paymentMethods.detach(card)],
    ["of a deleted customer", (customer) => shop.stripe.customers.del(customer)],
  ])("%s, whether or not the event has arrived: it is not told", async (_, change) => {
    for (const arrives of [true, false]) {
      const { customer, card } = await aPayer();
      await apply();
      await change(customer, card);
      await apply(() => arrives);
      expect(await run(inTheWindow())).toMatchObject({ reported: 0, failed: 0 });
      await deleteItem("RepairProgressTable", { task: "report-expiring-cards" }, {});
    }
    expect(await told()).toEqual([]);
  });

  it("one that was replaced as the default, or never was it: it is not told", async () => {
    const { customer } = await aPayer();
    await aCard(customer);
    await makeDefault(customer, await aCard(customer, { exp_month: 4, exp_year: 2031 }));
    await apply();
    expect(await run(inTheWindow())).toMatchObject({ reported: 0, unused: 2, failed: 0 });
    expect(await told()).toEqual([]);
  });
});

describe("given a customer of whom not everything is recorded", () => {
  it("one that is older than our records is read from Stripe", async () => {
    const { card } = await aPayer();
    await apply((type) => type.startsWith("payment_method."));
    expect(await run(inTheWindow())).toMatchObject({ reported: 1 });
    expect(await told()).toMatchObject([{ object: { id: card }, application: { userId: "user-7" } }]);
  });
});

describe("given a run that does not complete", () => {
  it("a crash after the notification, before it is noted: the next run publishes it again, with the same id", async () => {
    const { card } = await aPayer();
    await apply();
    dynamodb.fail({ kind: "internal", operation: "PutItem", about: "expiryReported", times: 3 });
    expect(await run(inTheWindow())).toMatchObject({ reported: 0, failed: 1 });
    for (const days of [20, 20, 19]) await run(inTheWindow(days));
    const id = `evt_expiring_${card}_2028-04`;
    expect((await told()).map((notification) => notification.id)).toEqual([id, id]);
  });

  it("while Stripe is down, a card is kept for the next run", async () => {
    await aPayer();
    await apply();
    const match = { method: "GET", path: "/v1/payment_methods/*" };
    await shop.control("POST", "faults", { kind: "status", status: 503, times: 9, match });
    expect(await run(inTheWindow())).toMatchObject({ outcome: "succeeded", reported: 0, failed: 1 });
    await shop.control("DELETE", "faults");
    expect(await run(inTheWindow())).toMatchObject({ reported: 1, failed: 0 });
    expect(await told()).toHaveLength(1);
  });

  it("more cards than one run can handle: the next runs go on, and each card is told once", async () => {
    const cards: string[] = [];
    for (let count = 0; count < 3; count += 1) cards.push((await aPayer()).card);
    await apply();
    let runs = 0;
    for (let isOver = false; !isOver; runs += 1) {
      let now = Date.now();
      const dueAt = new Date(inTheWindow());
      // Each card takes so long that a run has time for two of them.
      const slow: ExpiringCardEffect = async () => {
        now += 15_000;
      };
      const call = { requestId: `run-${runs}`, dueAt, now: () => new Date(now), deadline: now + 45_000 };
      const task = await holdTask("report-expiring-cards", call);
      if (task === undefined) throw new Error("Another run has the task");
      const effects = [notifyOfExpiringCard, slow];
      const { reported } = await reportExpiringCards(task, call, effects, { days: 30, pageSize: 1 });
      await task.release();
      isOver = reported === 0;
    }
    expect(runs).toBe(3);
    expect((await told()).map(({ object }) => object.id).sort()).toEqual(cards.sort());
  });
});
