import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { eventConsumer } from "../../../lib/events/consume.ts";
import type { AppliedEvent } from "../../../lib/events/projection.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";

given.localAws();
let stripe: StripeEmulator;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  process.env.STRIPE_API_BASE = stripe.url;
  process.env.STRIPE_SECRET_KEY = "sk_test_local";
});
afterAll(async () => {
  await stripe.close();
});

const applied: AppliedEvent[] = [];
const consume = eventConsumer("payment-intent", [
  async (event) => {
    applied.push(event);
  },
]);
const deliver = (event: object) =>
  consume({
    messageId: randomUUID(),
    body: JSON.stringify(event),
    receiveCount: 1,
    ...timeLeft(10_000),
  });

async function aPaidIntent(): Promise<{ id: string; succeeded: EmulatedEvent }> {
  const { api, pay, lastEvent, eventsSince } = emulatorClient(stripe.url);
  const before = await lastEvent();
  const { id } = await api("payment_intents", { amount: "4200", currency: "usd" });
  await pay(id, "4242424242424242");
  const succeeded = (await eventsSince(before)).find(({ type }) => type === "payment_intent.succeeded");
  if (succeeded === undefined) throw new Error("The emulator sent no event of the success");
  return { id, succeeded };
}

const aThinEvent = (objectId: string, more: object = {}) => ({
  id: `evt_test_61${randomUUID().replaceAll("-", "")}`,
  object: "v2.core.event",
  type: "v1.payment_intent.succeeded",
  created: "2026-11-24T09:30:12.512Z",
  livemode: false,
  related_object: { id: objectId, type: "payment_intent", url: `/v1/payment_intents/${objectId}` },
  ...more,
});

describe("given a thin event", () => {
  it("that names its snapshot, the snapshot is applied once, in any order of the two", async () => {
    const { id, succeeded } = await aPaidIntent();
    applied.length = 0;
    await deliver(aThinEvent(id, { snapshot_event: succeeded.id }));
    await deliver(succeeded);
    await deliver(aThinEvent(id, { snapshot_event: succeeded.id }));
    expect(applied).toMatchObject([
      { event: { id: succeeded.id, created: succeeded.created, object: { status: "succeeded" } } },
    ]);
    expect(await getItem("StripeObjectsTable", { objectId: id })).toMatchObject({ eventId: succeeded.id });
  });

  it.each([
    ["that names none", {}],
    ["whose snapshot Stripe no longer has", { snapshot_event: "evt_gone" }],
  ])("%s, its object is fetched and recorded", async (_what, more) => {
    const { id } = await aPaidIntent();
    const event = aThinEvent(id, more);
    await deliver(event);
    expect(await getItem("StripeObjectsTable", { objectId: id })).toMatchObject({
      status: "succeeded",
      amount: 4200,
      eventType: "payment_intent.succeeded",
      eventCreated: 1_795_512_612,
    });
  });

  it("about an object that Stripe does not have, it fails, so that it ends in the dead-letter queue", async () => {
    await expect(deliver(aThinEvent("pi_gone"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("about an object that vanished when it was deleted, the deletion is recorded", async () => {
    const gone = { id: "in_gone", type: "invoice", url: "/v1/invoices/in_gone" };
    await deliver(aThinEvent("in_gone", { type: "v1.invoice.deleted", related_object: gone }));
    expect(await getItem("StripeObjectsTable", { objectId: "in_gone" })).toMatchObject({
      objectType: "invoice",
      status: "deleted",
      final: true,
    });
  });
});
