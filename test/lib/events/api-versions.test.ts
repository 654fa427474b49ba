/** Events that Stripe rendered in another API version than ours: the consumers read their objects from Stripe. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findEntries } from "../../../lib/audit/query.ts";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { objectState } from "../../../lib/events/object-state.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { fetchObject, stripeReader } from "../../../lib/events/resolve-event.ts";
import { queueOfEvent } from "../../../lib/events/route-event.ts";
import { verifySignature } from "../../../lib/events/signature.ts";
import { readQueuedEvent, referenceTo } from "../../../lib/events/stripe-event.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { consumerOf, until } from "../../steps/consuming.ts";
import { sampleOf } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { loopbackServer } from "../../steps/loopback-server.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";

given.localAws();
const log = given.capturedLog();
let stripe: StripeEmulator;
let client: ReturnType<typeof emulatorClient>;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  client = emulatorClient(stripe.url);
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
afterAll(async () => {
  await stripe.close();
});

/** From before each change of the shapes that are recorded, and ours. */
const VERSIONS = ["2014-12-22", "2018-05-21", "2020-08-27", "2024-06-20", STRIPE_API_VERSION];

const read = () => stripeReader({ ...timeLeft(20_000), noteVendorRequest: () => {} });
const recorded = (objectId: string) => getItem("StripeObjectsTable", { objectId });
const inbox = (eventId: string) => getItem("StripeEventsTable", { eventId });

/** Delivers the body to its queue's consumer, as SQS does; rejects if it would be delivered again. */
async function deliver(body: string): Promise<void> {
  const queued = readQueuedEvent(body);
  if (queued === undefined) throw new Error("This is not an event");
  const queue = queueOfEvent(queued);
  const { batchItemFailures } = await (await consumerOf(queue))(
    { Records: [sqsRecord(queue, body)] },
    given.lambdaContext(20_000),
  );
  if (batchItemFailures.length > 0) throw new Error(`${body.slice(0, 200)} was not applied: ${log.text()}`);
}

const asReference = ({ id, type, created }: EmulatedEvent) =>
  referenceTo({ id, type, created, livemode: false });
const asThin = ({ id, type, created, data }: EmulatedEvent) => {
  const queued = readQueuedEvent(JSON.stringify({ id, type, created, data }));
  const object = queued?.kind === "snapshot" ? queued.event.object : undefined;
  return JSON.stringify({
    id: `evt_test_61${id.slice(4)}`,
    object: "v2.core.event",
    type: `v1.${type}`,
    created: new Date(created * 1000).toISOString(),
    livemode: false,
    related_object: { id: object?.id, type: object?.object },
    snapshot_event: id,
  });
};
const FORMS = {
  "a snapshot": JSON.stringify,
  "the reference to a large event": asReference,
  "a thin event": asThin,
} as const satisfies Readonly<Record<string, (event: EmulatedEvent) => string>>;

/**
 * A day in a shop: a subscription that is paid, a payment that is declined, paid and refunded, a changed customer. The last
 * event of each object has a second of its own, so that the order of the events alone does not make a consumer ask Stripe.
 */
async function aDay(version: string): Promise<{ events: EmulatedEvent[]; objectIds: string[] }> {
  await client.control("POST", "api-version", { version });
  const before = await client.lastEvent();
  const later = () => client.control("POST", "clock", { advance: 10 });
  const customer = await client.api("customers", { email: "ada@shop.example", "metadata[userId]": "u-1" });
  const form = { customer: customer.id };
  const method = await client.api("payment_methods/pm_card_visa/attach", form);
  const price = await client.api("prices", {
    ...{ currency: "usd", unit_amount: "900", "product_data[name]": "Plan" },
    "recurring[interval]": "month",
  });
  const subscription = await client.api("subscriptions", {
    ...form,
    "items[0][price]": price.id,
    default_payment_method: method.id,
    "metadata[plan]": "gold",
  });
  const intent = await client.api("payment_intents", { ...form, amount: "4200", currency: "usd" });
  await later();
  await client.pay(intent.id, "4000000000009995").catch(() => undefined);
  await later();
  const paid = await client.pay(intent.id, "4242424242424242");
  await later();
  await client.api("refunds", { payment_intent: intent.id, amount: "200" });
  await client.api(`customers/${customer.id}`, { "metadata[userId]": "u-2" });
  await client.api(`subscriptions/${subscription.id}`, { "metadata[plan]": "silver" });
  await client.api(`invoices/${subscription.latest_invoice}`, { "metadata[note]": "paid" });
  const events = await client.eventsSince(before);
  const objectIds = [customer.id, subscription.id, intent.id, String(paid.latest_charge)];
  return { events, objectIds: [...objectIds, String(subscription.latest_invoice)] };
}

/** The kind of an object, by the beginning of its id. */
const KINDS = new Map([
  ["cus", "customer"],
  ["sub", "subscription"],
  ["pi", "payment_intent"],
  ["ch", "charge"],
  ["in", "invoice"],
]);

async function expectStripesState(objectIds: readonly string[]): Promise<void> {
  for (const id of objectIds) {
    const found = await fetchObject(KINDS.get(id.split("_")[0] ?? "") ?? "", id, read());
    if (found === undefined) throw new Error(`Stripe does not have ${id}`);
    const { state } = await recordedIn((await recorded(id)) ?? {});
    expect({ id, ...state }).toMatchObject({ id, ...objectState(found) });
  }
}

describe("given events in an older API version", () => {
  it("they have other shapes than ours, and Stripe lists them in that version", async () => {
    const { events } = await aDay("2018-05-21");
    expect(events.map(({ api_version: version }) => version)).toEqual(events.map(() => "2018-05-21"));
    const object = (type: string) => Object(Object(events.find((event) => event.type === type)?.data).object);
    expect(object("customer.subscription.created").current_period_end).toEqual(expect.any(Number));
    expect(object("customer.subscription.created").items.data[0]).not.toHaveProperty("current_period_end");
    expect(object("invoice.paid")).not.toHaveProperty("status");
    expect(object("invoice.paid")).not.toHaveProperty("parent");
    expect(object("payment_intent.payment_failed").status).toBe("requires_source");
    expect(object("payment_intent.succeeded").charges.data).toHaveLength(1);
  });

  it.each(sampleOf(VERSIONS, { every: 5 }))(
    "in version %s, every order and form of them ends in Stripe's state",
    async (version) => {
      const { events, objectIds } = await aDay(version);
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(events, { minLength: events.length }),
          fc.infiniteStream(fc.constantFrom(...Object.values(FORMS))),
          async (order, forms) => {
            for (const event of order) await deliver(forms.next().value(event));
          },
        ),
        { numRuns: 1 },
      );
      await expectStripesState(objectIds);
    },
  );

  it("an older one that comes late erases nothing from a newer record", async () => {
    const { events, objectIds } = await aDay("2020-08-27");
    for (const event of events) await deliver(JSON.stringify(event));
    for (const event of events)
      await deliver(JSON.stringify({ ...event, id: `evt_${randomUUID().slice(0, 8)}` }));
    await expectStripesState(objectIds);
  });

  it.each([null, undefined, "2026-10-28", "2027-01-01.future", ""])(
    "the version %j is not ours, and its shape is not read",
    async (version) => {
      const intent = await client.api("payment_intents", { amount: "4200", currency: "usd" });
      const event = {
        id: `evt_${randomUUID().slice(0, 8)}`,
        object: "event",
        type: "payment_intent.created",
        created: 1_795_478_400,
        data: { object: { id: intent.id, object: "payment_intent", status: "requires_source", amount: 1 } },
      };
      await deliver(JSON.stringify({ ...event, api_version: version }));
      expect(await recorded(intent.id)).toMatchObject({ status: "requires_payment_method", amount: 4200 });
    },
  );
});

describe("given two webhook endpoints side by side, in an older API version and in ours", () => {
  it.each(sampleOf(VERSIONS.slice(0, -1), { every: 4 }))(
    "%s: both copies of every event are accepted, in any order they end in Stripe's state, and one of them has an effect",
    async (version) => {
      const copies: { body: string; header: string }[] = [];
      const receiver = await loopbackServer((request, body, response) => {
        copies.push({ body: body.toString(), header: String(request.headers["stripe-signature"]) });
        response.writeHead(200).end();
      });
      const made = await Promise.all(
        [version, STRIPE_API_VERSION].map((api_version) =>
          client.api("webhook_endpoints", { url: receiver.url, api_version, "enabled_events[0]": "*" }),
        ),
      );
      const { events, objectIds } = await aDay(version);
      const ids = new Set(events.map(({ id }) => id));
      const ofTheDay = () => copies.filter(({ body }) => ids.has(JSON.parse(body).id));
      await until("both endpoints have delivered every event", async () => ofTheDay().length >= 2 * ids.size);
      for (const { id } of made) await client.api(`webhook_endpoints/${id}`, { disabled: "true" });
      await receiver.close();
      const delivered = ofTheDay();
      expect(new Set(delivered.map(({ body }) => JSON.parse(body).api_version))).toEqual(
        new Set([version, STRIPE_API_VERSION]),
      );
      // Both secrets are in STRIPE_WEBHOOK_SECRET meanwhile.
      const secrets = made.map(({ secret }) => String(secret));
      for (const { body, header } of delivered) {
        const now = Number(/t=(\d+)/.exec(header)?.[1]);
        expect(verifySignature({ header, rawBody: Buffer.from(body), secrets, now })).toEqual({ ok: true });
      }

      log.clear();
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(delivered, { minLength: delivered.length }), async (order) => {
          for (const { body } of order) await deliver(body);
        }),
        { numRuns: 1 },
      );
      await expectStripesState(objectIds);
      const outcomes = log.lines().filter(({ event }) => event === "webhook.applied");
      for (const id of ids) {
        const ofEvent = outcomes.filter(({ eventId }) => eventId === id).map(({ outcome }) => outcome);
        expect({ id, outcomes: ofEvent }).toEqual({
          id,
          outcomes: [expect.stringMatching(/^(succeeded|stale|ignored)$/), "duplicate"],
        });
      }
    },
  );
});

describe("given an object that Stripe does not have any more", () => {
  const anEvent = (type: string, object: object) => ({
    id: `evt_${randomUUID().slice(0, 8)}`,
    object: "event",
    api_version: "2020-08-27",
    type,
    created: 1_795_478_400,
    livemode: false,
    data: { object },
  });

  it("its event in an older version is kept as ignored, with the reason, and counted", async () => {
    const id = `in_${randomUUID().slice(0, 8)}`;
    const event = anEvent("invoice.updated", { id, object: "invoice", status: "draft", amount_due: 900 });
    log.clear();
    await deliver(JSON.stringify(event));
    expect(await inbox(event.id)).toMatchObject({ state: "ignored", reason: "gone", objectId: id });
    expect(await recorded(id)).toBeUndefined();
    const [line] = log.lines().filter(({ event: what }) => what === "webhook.applied");
    expect(line).toMatchObject({ level: "info", outcome: "ignored", reason: "gone", EventsIgnored: 1 });
    const query = { object: event.id, from: new Date(0), to: new Date(Date.now() + 1_000), limit: 10 };
    expect((await findEntries(query, new Date())).entries).toMatchObject([
      { result: "succeeded", metadata: { outputs: { ignored: true, reason: "gone" } } },
    ]);
  });

  it("a record of it stays as it is", async () => {
    const id = `in_${randomUUID().slice(0, 8)}`;
    const item = { objectId: id, objectType: "invoice", status: "open", amount: 900, eventId: "evt_1" };
    await putItem("StripeObjectsTable", { ...item, eventCreated: 1_795_478_000, final: false, version: 4 });
    await deliver(JSON.stringify(anEvent("invoice.updated", { id, object: "invoice", closed: true })));
    expect(await recorded(id)).toMatchObject({ ...item, version: 4 });
  });

  it("the event of its deletion is recorded, and the rest of its record stays", async () => {
    const id = `in_${randomUUID().slice(0, 8)}`;
    const item = {
      objectId: id,
      objectType: "invoice",
      status: "draft",
      subscriptionId: "sub_1",
      amount: 900,
    };
    await putItem("StripeObjectsTable", { ...item, eventId: "evt_1", eventCreated: 1_795_478_000 });
    const deleted = anEvent("invoice.deleted", { id, object: "invoice", subscription: "sub_1" });
    await deliver(JSON.stringify(deleted));
    expect(await recorded(id)).toMatchObject({ ...item, status: "deleted", final: true });
  });

  it("a deleted customer, of whom Stripe returns the id only, keeps the rest of the record too", async () => {
    await client.control("POST", "api-version", { version: "2020-08-27" });
    const before = await client.lastEvent();
    const { id } = await client.api("customers", { email: "eve@shop.example", "metadata[userId]": "u-9" });
    const [created] = await client.eventsSince(before);
    await deliver(JSON.stringify(created));
    await fetch(`${stripe.url}/v1/customers/${id}`, {
      method: "DELETE",
      headers: { authorization: "Bearer sk_test_local" },
    });
    const [, deleted] = await client.eventsSince(before);
    await deliver(JSON.stringify(deleted));
    const { state } = await recordedIn((await recorded(id)) ?? {});
    expect(state).toMatchObject({ status: "deleted", final: true, metadata: { userId: "u-9" } });
  });
});
