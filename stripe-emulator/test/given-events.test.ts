/** Events of a test's own, and events in the thin form. */
import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { clientOf, errorOf, eventually, givenAnEmulator, givenAWebhookReceiver } from "./running-emulator.ts";

const object = { id: "pi_given", object: "payment_intent", status: "succeeded" };
const given = { type: "payment_intent.succeeded", object };

describe("given an event of a test's own", () => {
  it("it is delivered like any other, and the API has it", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe, control } = await givenAnEmulator({ webhookUrl: url });
    const previous = { status: "processing" };
    const response = await control("events", {
      ...given,
      created: 1_900_000_000,
      id: "evt_given",
      previous_attributes: previous,
    });
    expect(response.body.events).toEqual([{ id: "evt_given", type: given.type, created: 1_900_000_000 }]);
    await eventually("the delivery", () => received.length === 1);
    const [request] = received;
    if (request === undefined) throw new Error("nothing received");
    const event = Stripe.webhooks.constructEvent(request.body, request.signature, "whsec_local");
    expect(event).toMatchObject({
      id: "evt_given",
      object: "event",
      api_version: "2026-10-28.endive",
      created: 1_900_000_000,
      type: given.type,
      data: { object, previous_attributes: previous },
      request: { id: null },
    });
    expect((await stripe.events.retrieve("evt_given")).data.object).toEqual(object);
    expect((await stripe.events.list({ type: given.type })).data.map(({ id }) => id)).toEqual(["evt_given"]);
    await expect(stripe.paymentIntents.retrieve("pi_given")).rejects.toThrow("No such payment_intent");
  });

  it("with deliver: false only the list of events has it, and its type may be unknown", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe, control } = await givenAnEmulator({ webhookUrl: url });
    await control("events", { ...given, deliver: false });
    await control("events", { type: "future.kind", object: {} });
    await eventually("the one to deliver", () => received.length === 1);
    expect(received[0]?.body).toContain("future.kind");
    expect((await stripe.events.list()).data.map(({ type }) => type)).toEqual(["future.kind", given.type]);
  });

  it("thousands can be recorded at once in any order, and the list has the newest first", async () => {
    const { stripe, control } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const many = Array.from({ length: 3000 }, (_, index) => ({
      ...given,
      id: `evt_${index}`,
      created: 1_899_000_000 + ((index * 7) % 3000),
      deliver: false,
    }));
    expect((await control("events", many)).status).toBe(200);
    const seen: number[] = [];
    for await (const event of stripe.events.list({ limit: 100 })) seen.push(event.created);
    expect(seen).toEqual(many.map(({ created }) => created).sort((one, other) => other - one));
  });

  it("it may be larger than any event of Stripe's", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { control } = await givenAnEmulator({ webhookUrl: url });
    const note = "é".repeat(1024 * 1024);
    expect((await control("events", { ...given, object: { ...object, note } })).status).toBe(200);
    await eventually("the delivery", () => received.length === 1);
    expect(JSON.parse(received[0]?.body ?? "").data.object.note).toBe(note);
  });

  it.each([
    [{ object }, "type: expected a text"],
    [{ ...given, object: [] }, "object: expected an object"],
    [{ ...given, previous_attributes: "x" }, "previous_attributes: expected an object"],
    [{ ...given, id: "pi_1" }, "id: expected evt_ followed by letters or digits"],
    [{ ...given, created: "now" }, "created: expected an integer from 0"],
    [{ ...given, deliver: 1 }, "deliver: expected true or false"],
    [{ ...given, data: {} }, "event.data: expected one of type, object"],
    [
      [
        { ...given, id: "evt_1" },
        { ...given, id: "evt_1" },
      ],
      "id: expected an id that no event has yet",
    ],
  ])("%j is refused, and nothing is recorded", async (body, message) => {
    const { control, eventTypes } = await givenAnEmulator();
    const response = await control("events", body);
    expect(response).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(message) } },
    });
    expect(await eventTypes()).toEqual([]);
  });
});

describe("given an event in the thin form", () => {
  it("the SDK reads it, and it names the object without any of its fields", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { emulator, stripe, control } = await givenAnEmulator({
      webhookUrl: url,
      now: () => 1_900_000_000,
    });
    await control("faults", { kind: "drop_webhooks" });
    const customer = await stripe.customers.create({ email: "ada@shop.example" }, { idempotencyKey: "k-9" });
    const [event] = (await stripe.events.list()).data;
    for (const count of [1, 2]) {
      expect((await control(`events/${event?.id}/thin`, {})).status).toBe(200);
      await eventually("the delivery", () => received.length === count);
    }
    const [thin, again] = received.map(({ body, signature }) =>
      clientOf(emulator).parseEventNotification(body, signature, "whsec_local"),
    );
    expect(thin).toMatchObject({
      object: "v2.core.event",
      type: "v1.customer.created",
      created: "2030-03-17T17:46:40.000Z",
      livemode: false,
      related_object: { id: customer.id, type: "customer", url: `/v1/customers/${customer.id}` },
      reason: { type: "request", request: { id: customer.lastResponse.requestId, idempotency_key: "k-9" } },
      snapshot_event: event?.id,
    });
    expect(thin?.id).toMatch(/^evt_test_61/);
    expect(again?.id).toBe(thin?.id);
    expect(received[0]?.body).not.toContain("ada@shop.example");
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ email: "ada@shop.example" });
  });

  it("an event that does not exist has no thin form", async () => {
    const { control } = await givenAnEmulator();
    expect((await control("events/evt_none/thin", {})).status).toBe(404);
  });

  it("an object without an id is not a related object", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { control } = await givenAnEmulator({ webhookUrl: url });
    await control("events", {
      type: "balance.available",
      object: { object: "balance" },
      id: "evt_1",
      deliver: false,
    });
    await control("events/evt_1/thin", {});
    await eventually("the delivery", () => received.length === 1);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ related_object: null });
  });
});

describe("given pages of events", () => {
  it("new events do not shift the next pages", async () => {
    const { stripe, control } = await givenAnEmulator();
    await control("events", Array(5).fill(given));
    const all = (await stripe.events.list()).data.map(({ id }) => id);
    const seen: string[] = [];
    for await (const event of stripe.events.list({ limit: 2 })) {
      seen.push(event.id);
      await control("events", given);
    }
    expect(seen).toEqual(all);
  });

  it("a cursor stays valid when its event no longer matches the filter", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe, control } = await givenAnEmulator({ webhookUrl: url });
    await control("faults", { kind: "drop_webhooks", times: 3 });
    await control("events", Array(3).fill(given));
    const [last, ...others] = (await stripe.events.list({ delivery_success: false })).data;
    await control(`events/${last?.id}/resend`, {});
    await eventually("the delivery", () => received.length === 1);
    const isDelivered = async () => (await stripe.events.list({ delivery_success: false })).data.length === 2;
    await eventually("the record of it", isDelivered);
    const next = await stripe.events.list({ delivery_success: false, starting_after: String(last?.id) });
    expect(next.data.map(({ id }) => id)).toEqual(others.map(({ id }) => id));
    const before = { delivery_success: false, ending_before: String(others[1]?.id) };
    expect((await stripe.events.list(before)).data.map(({ id }) => id)).toEqual([others[0]?.id]);
    expect((await errorOf(stripe.events.list({ starting_after: "evt_none" }))).statusCode).toBe(400);
  });
});
