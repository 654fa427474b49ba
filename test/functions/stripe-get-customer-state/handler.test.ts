import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../generated/handlers/stripe-get-customer-state.ts";
import { updateItem } from "../../../lib/aws/dynamodb.ts";
import { completeCustomer } from "../../../lib/customers/recorded-customer.ts";
import { queueOf } from "../../../lib/events/event-queues.ts";
import { stripeReader } from "../../../lib/events/resolve-event.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { consumerOf } from "../../steps/consuming.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { clientOf } from "../../steps/given-stripe-emulator.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";
import * as when from "../../steps/when.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();
given.capturedLog();
let emulator: StripeEmulator;
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    STRIPE_API_BASE: emulator.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    ACCESS_GRACE_DAYS: "7",
  });
});
beforeEach(() => emulatorClient(emulator.url).control("POST", "reset"));
afterAll(() => emulator.close());

const path = "/api/capabilities/stripe-get-customer-state";
const read = (query: Readonly<Record<string, string>>, more: object = {}) =>
  when.callsForJson(handler, { method: "GET", path, query, ...more });

const emulatorReader = () => stripeReader({ ...timeLeft(10_000), noteVendorRequest: () => undefined });

/** Delivers events to their consumers, one after another. */
async function deliver(events: readonly { type: string }[]): Promise<void> {
  for (const event of events) {
    const queue = queueOf(event.type);
    if (queue === "unrouted") continue;
    const consume = await consumerOf(queue);
    const { batchItemFailures } = await consume(
      { Records: [sqsRecord(queue, JSON.stringify(event))] },
      given.lambdaContext(20_000),
    );
    expect(batchItemFailures).toEqual([]);
  }
}

/** A customer with a user id, and prices of products with a feature each. */
async function aCustomer(features = 1) {
  const stripe = clientOf(emulator);
  const userId = randomUUID();
  const customer = await stripe.customers.create({
    email: "ada@example.com",
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
    metadata: { userId },
  });
  const product = await stripe.products.create({ name: "Pro" });
  const keys = Array.from({ length: features }, (_, index) => `feature-${String(index).padStart(2, "0")}`);
  for (const key of keys) {
    const feature = await stripe.entitlements.features.create({ name: key, lookup_key: key });
    await stripe.products.createFeature(product.id, { entitlement_feature: feature.id });
  }
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 1900,
    recurring: { interval: "month" },
  });
  return { stripe, userId, customer: customer.id, price: price.id, keys };
}

const withoutTime = ({ asOf: _, ...state }: { asOf: string }) => state;

/** Everything that has happened at Stripe. */
const everyEvent = () => emulatorClient(emulator.url).eventsSince(0);

describe("given a customer whose events have arrived", () => {
  it("its state says who it is, what it pays for and what it is entitled to, also with more than ten entitlements", async () => {
    const { stripe, userId, customer, price, keys } = await aCustomer(11);
    const subscription = await stripe.subscriptions.create({
      customer,
      items: [{ price, quantity: 3 }],
      metadata: { teamId: "team-9" },
    });
    await deliver(await everyEvent());
    const { status, body } = await read({ customerId: customer });
    expect([status, body]).toMatchObject([
      200,
      {
        customerId: customer,
        userId,
        email: "ada@example.com",
        hasPaymentMethod: true,
        delinquent: false,
        access: { active: true, reason: "active" },
        subscriptions: [
          {
            subscriptionId: subscription.id,
            customerId: customer,
            status: "active",
            items: [{ priceId: price, quantity: 3 }],
            cancelAtPeriodEnd: false,
            metadata: { teamId: "team-9" },
          },
        ],
        entitlements: keys,
      },
    ]);
    expect((await read({ userId })).body).toEqual(body);
    expect(withoutTime((await read({ customerId: customer, fresh: "true" })).body)).toEqual(
      withoutTime(body),
    );
  });

  it("reading it is one query of our own tables, and no request to Stripe", async () => {
    const { stripe, customer, price } = await aCustomer();
    await stripe.subscriptions.create({ customer, items: [{ price }] });
    await deliver(await everyEvent());
    const { requests } = dynamodb;
    const before = requests.length;
    await emulatorClient(emulator.url).control("POST", "faults", { kind: "status", status: 500, times: 100 });
    expect(await read({ customerId: customer })).toMatchObject({ status: 200 });
    expect(requests.slice(before).map(({ operation }) => operation)).toEqual(["Query"]);
    expect(await read({ customerId: customer, fresh: "true" })).toMatchObject({ status: 502 });
  });

  it("a principal that acts for another customer does not reach it, by customer or by user", async () => {
    const { userId, customer } = await aCustomer();
    await deliver(await everyEvent());
    const authorizer = (customerId: string) => ({
      authorizer: { principalId: "k", roles: '["checkout"]', customerId },
    });
    expect(await read({ userId }, authorizer(customer))).toMatchObject({ status: 200 });
    expect(await read({ userId }, authorizer("cus_other"))).toMatchObject({ status: 404 });
    expect(await read({ customerId: customer }, authorizer("cus_other"))).toMatchObject({ status: 403 });
  });
});

describe("given a customer whose first event has not arrived", () => {
  it("the state is read from Stripe", async () => {
    const { stripe, customer, price } = await aCustomer();
    await stripe.subscriptions.create({ customer, items: [{ price }] });
    expect((await read({ customerId: customer })).body).toMatchObject({ access: { reason: "active" } });
  });

  it.each<[string, Readonly<Record<string, string>>, number, string]>([
    ["an unknown customer", { customerId: "cus_none" }, 404, "customerId"],
    ["an unknown user", { userId: "nobody" }, 404, "userId"],
    ["no name at all", {}, 422, "customerId"],
    ["two names", { customerId: "cus_1", userId: "user-1" }, 422, "userId"],
    ["a blank user", { userId: " " }, 422, "userId"],
    ["a flag that is not one", { customerId: "cus_1", fresh: "perhaps" }, 422, "fresh"],
  ])("%s is refused at its field", async (_what, query, status, field) => {
    const { body, ...response } = await read(query);
    expect([response.status, body.issues[0].path]).toEqual([status, field]);
  });
});

describe("given a customer who is older than our records", () => {
  /** Only these events have arrived. */
  const deliverOnly = async (...types: readonly string[]) =>
    deliver((await everyEvent()).filter(({ type }) => types.includes(type)));
  const requestsAtStripe = async (query: Readonly<Record<string, string>>) => {
    await emulatorClient(emulator.url).control("POST", "faults", { kind: "status", status: 500, times: 100 });
    return read(query);
  };

  it("nobody loses access because only a later event has arrived, and reading asks Stripe until all is recorded", async () => {
    const { stripe, customer, price } = await aCustomer();
    await stripe.subscriptions.create({ customer, items: [{ price }] });
    await stripe.customers.update(customer, { name: "Ada" });
    await deliverOnly("customer.updated", "payment_method.attached");
    expect((await read({ customerId: customer })).body).toMatchObject({
      access: { active: true },
      entitlements: ["feature-00"],
    });
    expect(await completeCustomer(customer, emulatorReader(), new Date())).toBe(true);
    expect(await requestsAtStripe({ customerId: customer })).toMatchObject({
      status: 200,
      body: { access: { active: true }, hasPaymentMethod: true, entitlements: ["feature-00"] },
    });
  });

  it("a later event about a subscription that was recorded so is not lost", async () => {
    const { stripe, customer, price } = await aCustomer();
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price }] });
    const before = (await everyEvent()).length;
    await completeCustomer(customer, emulatorReader(), new Date());
    await stripe.subscriptions.cancel(id);
    await deliver((await everyEvent()).slice(before));
    expect(await requestsAtStripe({ customerId: customer })).toMatchObject({
      body: { access: { active: false, reason: "ended" } },
    });
  });

  it("records from before the index existed, of which some are indexed since, do not count", async () => {
    const { stripe, customer, price } = await aCustomer();
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price }] });
    await deliver(await everyEvent());
    for (const objectId of [customer, id])
      await updateItem("StripeObjectsTable", { objectId }, "REMOVE stateOf", {});
    const before = (await everyEvent()).length;
    await stripe.customers.update(customer, { name: "Ada" });
    await deliver((await everyEvent()).slice(before));
    expect((await read({ customerId: customer })).body).toMatchObject({ access: { active: true } });
    await completeCustomer(customer, emulatorReader(), new Date());
    expect(await requestsAtStripe({ customerId: customer })).toMatchObject({
      body: { access: { active: true } },
    });
  });

  it("the creation may arrive after other events of a new customer", async () => {
    const { stripe, customer, price } = await aCustomer();
    await stripe.subscriptions.create({ customer, items: [{ price }] });
    await stripe.customers.update(customer, { name: "Ada" });
    await deliver((await everyEvent()).toReversed());
    expect(await requestsAtStripe({ customerId: customer })).toMatchObject({
      body: { access: { active: true } },
    });
  });
});

describe("given any life of a subscription, and its events in any order and several times", () => {
  const changes = fc.constantFrom<readonly string[]>(
    ["cancel at period end", "keep"],
    ["quantity", "pause collection", "resume collection"],
    ["trial", "quantity", "cancel"],
    ["pause collection", "cancel at period end"],
    ["cancel"],
    ["quantity", "detach"],
  );

  it("the state is the same as a fresh one", async () => {
    await fc.assert(
      fc.asyncProperty(changes, fc.infiniteStream(fc.nat(1000)), async (steps, dice) => {
        await emulatorClient(emulator.url).control("POST", "reset");
        const { stripe, customer, price } = await aCustomer();
        const { id } = await stripe.subscriptions.create({
          customer,
          items: [{ price }],
          ...(steps.includes("trial") ? { trial_period_days: 14 } : {}),
        });
        for (const step of steps) await change(stripe, id, step);
        const events = await everyEvent();
        const [first] = dice;
        const shuffled = [...events, ...events.slice(0, (first ?? 0) % events.length)]
          .map((event) => ({ event, at: dice.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ event }) => event);
        await deliver(shuffled);
        const own = await read({ customerId: customer });
        const fresh = await read({ customerId: customer, fresh: "true" });
        expect(withoutTime(own.body)).toEqual(withoutTime(fresh.body));
      }),
      { numRuns: tries({ sample: 2, whole: 15 }) },
    );
  });

  async function change(stripe: ReturnType<typeof clientOf>, id: string, step: string): Promise<void> {
    switch (step) {
      case "cancel at period end":
        await stripe.subscriptions.update(id, { cancel_at_period_end: true });
        break;
      case "keep":
        await stripe.subscriptions.update(id, { cancel_at_period_end: false });
        break;
      case "quantity": {
        const { items } = await stripe.subscriptions.retrieve(id);
        await stripe.subscriptions.update(id, {
          items: [{ id: items.data[0]?.id ?? "", quantity: 4 }],
          proration_behavior: "none",
        });
        break;
      }
      case "pause collection":
        await stripe.subscriptions.update(id, { pause_collection: { behavior: "void" } });
        break;
      case "resume collection":
        await stripe.subscriptions.update(id, { pause_collection: "" });
        break;
      case "cancel":
        await stripe.subscriptions.cancel(id);
        break;
      case "detach": {
        const { customer } = await stripe.subscriptions.retrieve(id);
        const { data } = await stripe.customers.listPaymentMethods(String(customer));
        await stripe.paymentMethods.detach(data[0]?.id ?? "");
        break;
      }
      default:
        break;
    }
  }
});
