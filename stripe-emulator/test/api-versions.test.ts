/** Events in older versions of the API. */
import { describe, expect, it } from "@jest/globals";
import { eventually, givenAnEmulator, givenAWebhookReceiver } from "./running-emulator.ts";

describe("given an account in an older API version", () => {
  it("events are rendered in it when they happen, and stay so", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe, control, pay } = await givenAnEmulator({ webhookUrl: url });
    await control("api-version", { version: "2018-05-21" });
    const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
    await control("api-version", { version: "2020-08-27" });
    const paid = await pay(id, "4242424242424242");
    await eventually("the deliveries", () => received.length === 3);
    const events = (await stripe.events.list()).data.map((event) => JSON.parse(JSON.stringify(event)));
    const [succeeded, , created] = events;
    expect(created).toMatchObject({
      api_version: "2018-05-21",
      data: { object: { status: "requires_source", charges: { data: [] } } },
    });
    expect(succeeded).toMatchObject({
      type: "payment_intent.succeeded",
      api_version: "2020-08-27",
      data: { object: { status: "succeeded", charges: { data: [{ id: paid.body.latest_charge }] } } },
    });
    expect(succeeded.data.object).not.toHaveProperty("latest_charge");
    const bodies = received.map(({ body }) => JSON.parse(body));
    expect(bodies.find(({ id: eventId }) => eventId === succeeded.id).data).toEqual(succeeded.data);
    expect((await stripe.paymentIntents.retrieve(id)).latest_charge).toBe(paid.body.latest_charge);
  });

  it("an endpoint with a version of its own gets its events in that one, and the list does not", async () => {
    const { url, received } = await givenAWebhookReceiver();
    const { stripe } = await givenAnEmulator();
    await stripe.webhookEndpoints.create({ url, enabled_events: ["*"], api_version: "2020-08-27" });
    const { id } = await stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
    await eventually("the delivery", () => received.length === 1);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
      api_version: "2020-08-27",
      data: { object: { id, charges: { data: [] } } },
    });
    expect((await stripe.events.list()).data).toMatchObject([
      { api_version: "2026-10-28.endive", data: { object: { id, latest_charge: null } } },
    ]);
  });

  it("a version that is not one is refused", async () => {
    const { control } = await givenAnEmulator();
    expect((await control("api-version", { version: "latest" })).body.error?.message).toContain(
      "version: expected an API version",
    );
  });

  it("an event of a test's own stays as it is given, with its version, mode and account", async () => {
    const { stripe, control } = await givenAnEmulator();
    const object = { id: "in_1", object: "invoice", closed: true };
    const given = { id: "evt_1", type: "invoice.updated", object, livemode: true, account: "acct_1" };
    await control("events", { ...given, api_version: "2016-03-07" });
    await control("events", { ...given, id: "evt_2", api_version: null });
    expect(await stripe.events.retrieve("evt_1")).toMatchObject({
      ...{ api_version: "2016-03-07", livemode: true, account: "acct_1" },
      data: { object },
    });
    expect((await stripe.events.retrieve("evt_2")).api_version).toBeNull();
  });
});
