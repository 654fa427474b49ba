/** Faults of events and their effect on deliveries. */
import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { present } from "../present.ts";
import {
  eventually,
  givenAnEmulator,
  givenAWebhookReceiver,
  type RunningEmulator,
} from "./running-emulator.ts";

const THREE_DAYS = 3 * 24 * 60 * 60;
const RECEIVER_IS_DOWN = "http://127.0.0.1:1/";

async function given(fault: object | undefined, now?: () => number) {
  const { url, received } = await givenAWebhookReceiver();
  const running = await givenAnEmulator({
    webhookUrl: url,
    webhookRetryMilliseconds: 5,
    ...present({ now }),
  });
  if (fault !== undefined) expect((await running.control("faults", fault)).status).toBe(200);
  const events = () =>
    received.map(({ body, signature }) => Stripe.webhooks.constructEvent(body, signature, "whsec_local"));
  return { ...running, received, events, types: () => events().map((event) => event.type) };
}

/** Creates customers, with one event each. Returns their ids, oldest first. */
async function customers({ stripe }: RunningEmulator, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) ids.push((await stripe.customers.create()).id);
  return ids;
}
const objectIds = (events: readonly Stripe.Event[]) =>
  events.map(({ data }) => ("id" in data.object ? data.object.id : undefined));

describe("given duplicate_webhooks", () => {
  it("a matching event arrives so many more times, each time signed, and others arrive once", async () => {
    const emulator = await given({
      kind: "duplicate_webhooks",
      times: 1,
      copies: 2,
      match: { type: "customer.*" },
    });
    await emulator.stripe.products.create({ name: "P" });
    await customers(emulator, 2);
    await eventually("all deliveries", () => emulator.received.length === 5);
    const counts = Map.groupBy(emulator.events(), (event) => event.id);
    expect([...counts.values()].map((same) => same.length).sort()).toEqual([1, 1, 3]);
    await eventually(
      "each to be known as delivered",
      async () => (await emulator.stripe.events.list({ delivery_success: true })).data.length === 3,
    );
  });
});

describe("given delay_webhooks", () => {
  it("an event that happens later arrives earlier", async () => {
    const emulator = await given({ kind: "delay_webhooks", ms: 300, match: { type: "customer.created" } });
    await customers(emulator, 1);
    await emulator.stripe.products.create({ name: "P" });
    await eventually("both", () => emulator.received.length === 2);
    expect(emulator.types()).toEqual(["product.created", "customer.created"]);
  });
});

describe("given reorder_webhooks", () => {
  it("events are held until all have happened, and then arrive the last one first", async () => {
    const emulator = await given({ kind: "reorder_webhooks", times: 3, match: { type: "customer.created" } });
    const ids = await customers(emulator, 2);
    await emulator.stripe.products.create({ name: "P" });
    await eventually("the event that is not held", () => emulator.received.length === 1);
    ids.push(...(await customers(emulator, 1)));
    await eventually("the others", () => emulator.received.length === 4);
    expect(emulator.types()[0]).toBe("product.created");
    expect(objectIds(emulator.events()).slice(1)).toEqual(ids.toReversed());
  });

  it("the same seed shuffles them and their copies in the same way", async () => {
    const orders = [];
    for (const seed of [7, 7, 8]) {
      const emulator = await given([
        { kind: "reorder_webhooks", times: 6, seed },
        { kind: "duplicate_webhooks", times: 6, copies: 1 },
      ]);
      const ids = await customers(emulator, 6);
      await eventually("all", () => emulator.received.length === 12);
      const order = objectIds(emulator.events()).map((id) => ids.indexOf(String(id)));
      expect(order.toSorted()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
      orders.push(order.join());
    }
    expect(orders[1]).toBe(orders[0]);
    expect(orders[2]).not.toBe(orders[0]);
  });

  it.each([
    ["the fault is taken back", {}, "DELETE"],
    ["its time is over", { ms: 50 }, undefined],
  ])("when fewer come, they are sent as soon as %s", async (_when, fields, method) => {
    const emulator = await given({ kind: "reorder_webhooks", times: 9, ...fields });
    const ids = await customers(emulator, 3);
    if (method !== undefined) await emulator.control("faults/reorder_webhooks", undefined, method);
    await eventually("what is there", () => emulator.received.length === 3);
    if (method !== undefined) expect(objectIds(emulator.events())).toEqual(ids.toReversed());
    expect((await emulator.control("faults")).body.faults).toEqual([]);
  });
});

describe("given same_second", () => {
  it("the next events have the second of the first one, although the clock goes on", async () => {
    let second = 1_900_000_000;
    const emulator = await given({ kind: "same_second", times: 3 }, () => second++);
    await customers(emulator, 4);
    const list = await emulator.stripe.events.list();
    const [first, ...others] = list.data.map((event) => event.created).toReversed();
    expect(others.slice(0, 2)).toEqual([first, first]);
    expect(others[2]).toBeGreaterThan(Number(first));
  });
});

describe("given webhook_outage", () => {
  it("after 72 hours the deliveries have failed, and only the list of events has the events", async () => {
    const emulator = await given({ kind: "webhook_outage" });
    await customers(emulator, 3);
    await eventually("retries", async () => {
      const { events = [] } = (await emulator.control("events")).body;
      return events.every(({ deliveries }) => deliveries.every(({ attempts }) => attempts.length > 2));
    });
    await emulator.control("clock", { advance: THREE_DAYS });
    await emulator.control("faults", undefined, "DELETE");
    const { body } = await emulator.control("events");
    expect(body.events?.map(({ deliveries }) => deliveries.map(({ state }) => state))).toEqual(
      Array(3).fill(["failed"]),
    );
    expect(body.events?.[0]?.deliveries[0]?.attempts[0]).toMatchObject({
      status: null,
      error: expect.stringContaining("ECONNREFUSED"),
    });
    await emulator.stripe.products.create({ name: "P" });
    await eventually("the event after the outage", () => emulator.received.length === 1);
    expect(emulator.types()).toEqual(["product.created"]);
    const missing = await emulator.stripe.events.list({ delivery_success: false });
    expect(missing.data.map(({ type }) => type)).toEqual(Array(3).fill("customer.created"));
  });

  it.each([
    ["it is taken back", {}, "DELETE"],
    ["its time is over", { ms: 50 }, undefined],
  ])("events are retried, and arrive once %s", async (_when, fields, method) => {
    const emulator = await given({ kind: "webhook_outage", match: { type: "customer.*" }, ...fields });
    await emulator.stripe.products.create({ name: "P" });
    await eventually("the type that is not struck", () => emulator.received.length === 1);
    await customers(emulator, 1);
    if (method !== undefined) await emulator.control("faults/webhook_outage", undefined, method);
    await eventually("the retry", () => emulator.received.length === 2);
    expect(emulator.types()).toEqual(["product.created", "customer.created"]);
  });
});

describe("given a receiver that is down", () => {
  it("an event that never reached it is given up after three days", async () => {
    const emulator = await givenAnEmulator({
      webhookUrl: RECEIVER_IS_DOWN,
      webhookRetryMilliseconds: 60_000,
    });
    await customers(emulator, 1);
    const delivery = async () => (await emulator.control("events")).body.events?.[0]?.deliveries[0];
    await eventually("the first attempt", async () => (await delivery())?.attempts.length === 1);
    await emulator.control("clock", { advance: THREE_DAYS - 60 });
    expect(await delivery()).toMatchObject({ state: "pending" });
    await emulator.control("clock", { advance: 60 });
    expect(await delivery()).toMatchObject({ state: "failed" });
  });
});
