import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

describe("given a product and its prices", () => {
  it("both can be created, found and changed, and amounts are decimals too", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const product = await stripe.products.create({ id: "pro", name: "Pro" });
    const price = await stripe.prices.create({
      product: product.id,
      currency: "eur",
      unit_amount: 1999,
      lookup_key: "pro-monthly",
      recurring: { interval: "month", interval_count: 3 },
    });
    expect(price).toMatchObject({
      type: "recurring",
      recurring: { interval: "month", interval_count: 3, usage_type: "licensed" },
    });
    expect(String(price.unit_amount_decimal)).toBe("1999");
    expect(
      (await stripe.prices.list({ lookup_keys: ["pro-monthly"], expand: ["data.product"] })).data,
    ).toMatchObject([{ id: price.id, product: { name: "Pro" } }]);
    expect((await stripe.prices.update(price.id, { active: false, nickname: "Old" })).active).toBe(false);
    expect((await stripe.products.update(product.id, { name: "Professional" })).name).toBe("Professional");
    expect((await errorOf(stripe.products.del(product.id))).message).toContain("prices");
    expect(await eventTypes()).toEqual([
      "product.created",
      "price.created",
      "price.updated",
      "product.updated",
    ]);
  });

  it("a lookup key in use is refused unless it is transferred", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: product } = await stripe.products.create({ name: "P" });
    const params = { product, currency: "usd", unit_amount: 100, lookup_key: "basic" };
    const first = await stripe.prices.create(params);
    expect((await errorOf(stripe.prices.create(params))).param).toBe("lookup_key");
    await stripe.prices.create({ ...params, transfer_lookup_key: true });
    expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
  });

  it("an id cannot be used twice, and a product without prices can be deleted", async () => {
    const { stripe } = await givenAnEmulator();
    await stripe.products.create({ id: "p", name: "P" });
    expect(await errorOf(stripe.products.create({ id: "p", name: "P" }))).toMatchObject({
      code: "resource_already_exists",
    });
    expect(await stripe.products.del("p")).toMatchObject({ deleted: true });
    expect(await errorOf(stripe.products.retrieve("p"))).toMatchObject({ statusCode: 404 });
  });
});

describe("given a paid charge", () => {
  it("it can be refunded in parts, and never for more than was paid", async () => {
    const { stripe, pay } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    expect((await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).param).toBe(
      "payment_intent",
    );
    await pay(intent.id, "pm_card_visa");
    await stripe.refunds.create({ payment_intent: intent.id, amount: 500, reason: "requested_by_customer" });
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id, amount: 1501 }))).toMatchObject({
      code: "amount_too_large",
    });
    await stripe.refunds.create({ payment_intent: intent.id });
    const [charge] = (await stripe.charges.list({ expand: ["data.refunds"] })).data;
    expect(charge).toMatchObject({ refunded: true, amount_refunded: 2000 });
    expect(charge?.refunds?.data.map(({ amount }) => amount)).toEqual([1500, 500]);
    expect(await errorOf(stripe.refunds.create({ charge: String(charge?.id) }))).toMatchObject({
      code: "charge_already_refunded",
    });
  });
});

it("the account can be retrieved", async () => {
  const { stripe } = await givenAnEmulator();
  expect(await stripe.accounts.retrieveCurrent()).toMatchObject({ object: "account", charges_enabled: true });
});
