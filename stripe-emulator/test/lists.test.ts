import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { present } from "../present.ts";
import { page } from "../protocol/pagination.ts";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

describe("given a list", () => {
  const items = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `id_${index}` }));

  it("following has_more visits everything once, newest first, in either direction", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), (count, limit) => {
        const all = items(count);
        const forward: { id: string }[] = [];
        let cursor: string | undefined;
        for (let more = true; more; ) {
          const next = page(all, { limit, ...present({ starting_after: cursor }) }, "/v1/x");
          forward.push(...next.data);
          cursor = next.data.at(-1)?.id;
          more = next.has_more;
        }
        expect(forward).toEqual(all.toReversed());

        const oldest = all[0];
        if (oldest === undefined) return;
        let backward: { id: string }[] = [oldest];
        for (let more = true; more; ) {
          const next = page(all, { limit, ending_before: backward[0]?.id ?? "" }, "/v1/x");
          backward = [...next.data, ...backward];
          more = next.has_more;
        }
        expect(backward).toEqual(all.toReversed());
      }),
    );
  });

  it("the SDK's auto-pagination visits all objects", async () => {
    const { stripe } = await givenAnEmulator();
    const created: string[] = [];
    for (let index = 0; index < 5; index++)
      created.push((await stripe.customers.create({ name: `${index}` })).id);
    const seen: string[] = [];
    for await (const customer of stripe.customers.list({ limit: 2 })) seen.push(customer.id);
    expect(seen).toEqual(created.reverse());
    expect(await stripe.customers.list({ limit: 2 })).toMatchObject({ has_more: true, url: "/v1/customers" });
  });

  it("it can be filtered by time", async () => {
    const { stripe, control } = await givenAnEmulator({ now: () => 1_900_000_000 });
    await stripe.customers.create({ name: "first" });
    await control("clock", { advance: 100 });
    await stripe.customers.create({ name: "second" });
    const names = async (created: object | number) =>
      (await stripe.customers.list({ created })).data.map(({ name }) => name);
    expect(await names({ gt: 1_900_000_000 })).toEqual(["second"]);
    expect(await names({ lte: 1_900_000_000 })).toEqual(["first"]);
    expect(await names({ gte: 1_900_000_000, lt: 1_900_000_101 })).toEqual(["second", "first"]);
    expect(await names(1_900_000_100)).toEqual(["second"]);
  });
});

describe("given the list of events", () => {
  it("it can be filtered by types, also with a star", async () => {
    const { stripe } = await givenAnEmulator();
    await stripe.customers.create();
    await stripe.products.create({ name: "P" });
    const types = async (filter: object) => (await stripe.events.list(filter)).data.map(({ type }) => type);
    expect(await types({ type: "customer.*" })).toEqual(["customer.created"]);
    expect(await types({ types: ["product.created", "customer.created"] })).toEqual([
      "product.created",
      "customer.created",
    ]);
    expect(await types({ type: "invoice.paid" })).toEqual([]);
  });

  it("an event keeps the object as it was at that time", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = await stripe.customers.create({ name: "Before" });
    await stripe.customers.update(customer.id, { name: "After" });
    const [event] = (await stripe.events.list({ type: "customer.created" })).data;
    expect((await stripe.events.retrieve(event?.id ?? "")).data.object).toMatchObject({ name: "Before" });
  });

  it("events older than 30 days are not in it", async () => {
    const { stripe, control } = await givenAnEmulator();
    await stripe.customers.create();
    await control("clock", { advance: 31 * 24 * 60 * 60 });
    expect((await stripe.events.list()).data).toEqual([]);
  });
});

describe("given expand", () => {
  it("properties within lists and through several levels are expanded", async () => {
    const { stripe, pay } = await givenAnEmulator();
    const customer = await stripe.customers.create({ name: "Ada" });
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      customer: customer.id,
    });
    await pay(intent.id, "pm_card_visa");
    const list = await stripe.charges.list({
      expand: ["data.customer", "data.payment_intent.payment_method", "data.refunds"],
    });
    expect(list.data[0]).toMatchObject({
      customer: { name: "Ada" },
      payment_intent: {
        id: intent.id,
        payment_method: { object: "payment_method", card: { last4: "4242" } },
      },
      refunds: { object: "list", data: [] },
    });
  });

  it("a property that is null stays null", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      expand: ["customer", "latest_charge"],
    });
    expect(intent).toMatchObject({ customer: null, latest_charge: null });
  });

  it.each(["nonsense", "amount", "id", "metadata.order", "customer.customer.customer.customer.customer"])(
    "the path %s is refused",
    async (path) => {
      const { stripe } = await givenAnEmulator();
      const customer = await stripe.customers.create();
      const call = stripe.paymentIntents.create({
        amount: 2000,
        currency: "usd",
        customer: customer.id,
        expand: [path],
        metadata: { order: "1" },
      });
      expect((await errorOf(call)).message).toMatch(/cannot (be expanded|expand)/);
    },
  );
});
