import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import {
  eventually,
  givenAnEmulator,
  givenAWebhookReceiver,
  type Received,
  rawCall,
} from "./running-emulator.ts";

const verified = ({ body, signature }: Received, secret = "whsec_local") =>
  Stripe.webhooks.constructEvent(body, signature, secret);

describe("given a webhook URL", () => {
  it("each event is delivered with a signature that the SDK accepts", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe } = await givenAnEmulator({ webhookUrl: url });
    const customer = await stripe.customers.create({ email: "ada@shop.example" }, { idempotencyKey: "k-9" });
    await eventually("the delivery", () => received.length === 1);
    const [delivery] = received.map((request) => verified(request));
    expect(delivery).toMatchObject({
      type: "customer.created",
      api_version: "2026-10-28.endive",
      data: { object: { id: customer.id, email: "ada@shop.example" } },
      request: { id: customer.lastResponse.requestId, idempotency_key: "k-9" },
      pending_webhooks: 1,
    });
  });

  it("each of several secrets signs, so that a receiver can rotate its secret", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe } = await givenAnEmulator({ webhookUrl: url, webhookSecrets: ["whsec_new", "whsec_old"] });
    await stripe.customers.create();
    await eventually("the delivery", () => received.length === 1);
    const [request] = received;
    if (request === undefined) throw new Error("nothing received");
    expect(verified(request, "whsec_new").id).toBe(verified(request, "whsec_old").id);
    expect(() => verified(request, "whsec_other")).toThrow(Stripe.errors.StripeSignatureVerificationError);
  });

  it("an event is sent again until the receiver accepts it", async () => {
    const { url, received } = await givenAWebhookReceiver([500, 302, 400]);
    const { stripe, control } = await givenAnEmulator({ webhookUrl: url, webhookRetryMilliseconds: 5 });
    await stripe.customers.create();
    await eventually("three retries", () => received.length === 4);
    expect(new Set(received.map((request) => verified(request).id)).size).toBe(1);
    await eventually(
      "the record of it",
      async () => (await control("events")).body.events?.[0]?.delivered === true,
    );
    const { body } = await control("events");
    expect(body.events?.[0]?.deliveries[0]).toMatchObject({
      state: "delivered",
      attempts: [{ status: 500 }, { status: 302 }, { status: 400 }, { status: 200 }],
    });
  });

  it("a receiver that is down delays no API response, and its events can be listed", async () => {
    const { stripe } = await givenAnEmulator({
      webhookUrl: "http://127.0.0.1:1/",
      webhookRetryMilliseconds: 60_000,
    });
    await stripe.customers.create();
    const undelivered = await stripe.events.list({ delivery_success: false });
    expect(undelivered.data.map(({ type }) => type)).toEqual(["customer.created"]);
    expect((await stripe.events.list({ delivery_success: true })).data).toEqual([]);
  });

  it("a delivery that a fault withheld can be resent", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe, control } = await givenAnEmulator({ webhookUrl: url });
    await control("faults", { kind: "drop_webhooks", times: 1 });
    await stripe.customers.create();
    await stripe.products.create({ name: "P" });
    await eventually("the second event", () => received.length === 1);
    expect(received.map((request) => verified(request).type)).toEqual(["product.created"]);
    const [missing] = (await stripe.events.list({ delivery_success: false })).data;
    await control(`events/${missing?.id}/resend`, {});
    await eventually("the resent event", () => received.length === 2);
    await eventually(
      "its record",
      async () => (await stripe.events.list({ delivery_success: false })).data.length === 0,
    );
  });

  it("the URL can be changed while the emulator runs", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe, emulator } = await givenAnEmulator();
    await stripe.customers.create();
    emulator.setWebhook(url);
    await stripe.products.create({ name: "P" });
    await eventually("the delivery", () => received.length === 1);
    expect(received.map((request) => verified(request).type)).toEqual(["product.created"]);
  });
});

describe("given a registered webhook endpoint", () => {
  it("once the webhook URL is forgotten, only the endpoint gets events", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { emulator, stripe, control } = await givenAnEmulator({ webhookUrl: url });
    const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
    await fetch(`${emulator.url}/_emulator/webhook-url`, { method: "DELETE" });
    await stripe.customers.create();
    await eventually("the delivery", () => received.length > 0);
    expect(received.map((request) => verified(request, endpoint.secret).type)).toEqual(["customer.created"]);
    expect((await control("state")).body).toMatchObject({ webhookUrl: null });
  });

  it("it gets the events it wants, signed with its own secret", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe } = await givenAnEmulator();
    const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ["product.created"] });
    await stripe.customers.create();
    await stripe.products.create({ name: "P" });
    await eventually("the delivery", () => received.length === 1);
    expect(received.map((request) => verified(request, endpoint.secret).type)).toEqual(["product.created"]);
    expect(await stripe.webhookEndpoints.retrieve(endpoint.id)).not.toHaveProperty("secret");
  });

  it("it keeps the API version with which it was created", async () => {
    const { emulator, stripe } = await givenAnEmulator();
    const wanted = { url: "https://shop.example/hook", enabled_events: ["*" as const] };
    const pinned = await stripe.webhookEndpoints.create({ ...wanted, api_version: "2025-03-31.basil" });
    expect((await stripe.webhookEndpoints.retrieve(pinned.id)).api_version).toBe("2025-03-31.basil");
    expect((await stripe.webhookEndpoints.create(wanted)).api_version).toBeNull();
    const body = "url=https://shop.example&enabled_events[0]=*&api_version=latest";
    expect(await rawCall(emulator, "POST", "/v1/webhook_endpoints", { body })).toMatchObject({
      status: 400,
      body: { error: { message: "Invalid Stripe API version: latest" } },
    });
  });

  it("a disabled or deleted one gets no events", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe } = await givenAnEmulator({ webhookUrl: url });
    const one = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
    const two = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
    expect(await stripe.webhookEndpoints.update(one.id, { disabled: true })).toMatchObject({
      status: "disabled",
    });
    expect(await stripe.webhookEndpoints.del(two.id)).toMatchObject({ id: two.id, deleted: true });
    await stripe.customers.create();
    await eventually(
      "all deliveries",
      async () => (await stripe.events.list({ delivery_success: true })).data.length === 1,
    );
    expect(received).toHaveLength(1);
  });
});
