import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
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
      "plan.created",
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

describe("given prices whose amount depends on the quantity", () => {
  const tiers: Stripe.PriceCreateParams.Tier[] = [
    { up_to: 5, unit_amount: 700, flat_amount: 1000 },
    { up_to: 10, unit_amount_decimal: Stripe.Decimal.from("650.5") },
    { up_to: "inf", unit_amount: 600 },
  ];
  const recurring = { interval: "month" } as const;

  it.each<[string, Partial<Stripe.PriceCreateParams>, [number, number][]]>([
    [
      "graduated",
      { billing_scheme: "tiered", tiers_mode: "graduated", tiers },
      [
        [0, 1000],
        [5, 4500],
        [7, 5801],
        [12, 8953],
      ],
    ],
    [
      "volume",
      { billing_scheme: "tiered", tiers_mode: "volume", tiers },
      [
        [5, 4500],
        [7, 4554],
        [12, 7200],
      ],
    ],
    [
      "packages",
      { unit_amount: 900, transform_quantity: { divide_by: 10, round: "up" } },
      [
        [10, 900],
        [11, 1800],
      ],
    ],
    [
      "fractions",
      { unit_amount_decimal: Stripe.Decimal.from("0.25") },
      [
        [400, 100],
        [402, 101],
      ],
    ],
  ])("%s are charged so", async (_name, given, expected) => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create({});
    const price = await stripe.prices.create({
      currency: "usd",
      recurring,
      product_data: { name: "P" },
      ...given,
    });
    for (const [quantity, total] of expected) {
      const items = [{ price: price.id, quantity }];
      const preview = await stripe.invoices.createPreview({ customer, subscription_details: { items } });
      expect([quantity, preview.total]).toEqual([quantity, total]);
    }
    const shown = await stripe.prices.retrieve(price.id, { expand: ["tiers"] });
    expect((shown.tiers ?? []).length).toBe("tiers" in given ? 3 : 0);
  });

  it("tiers that do not ascend, and prices that mix schemes, are refused", async () => {
    const { stripe } = await givenAnEmulator();
    const product_data = { name: "P" };
    const param = async (given: Partial<Stripe.PriceCreateParams>) =>
      (await errorOf(stripe.prices.create({ currency: "usd", recurring, product_data, ...given }))).param;
    const tiered = { billing_scheme: "tiered", tiers_mode: "volume" } as const;
    expect(await param({ ...tiered, tiers: tiers.toReversed() })).toBe("tiers[0][up_to]");
    expect(await param(tiered)).toBe("tiers");
    expect(await param({ tiers, unit_amount: 1 })).toBe("tiers");
    expect(await param({ recurring: { interval: "month", usage_type: "metered" }, unit_amount: 1 })).toBe(
      "recurring[meter]",
    );
    expect((await stripe.products.list()).data).toEqual([]);
  });

  it("other currencies have amounts of their own", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create({});
    const { id } = await stripe.prices.create({
      currency: "usd",
      unit_amount: 1000,
      recurring,
      product_data: { name: "P" },
      currency_options: { eur: { unit_amount: 900 } },
    });
    await stripe.prices.update(id, { currency_options: { jpy: { unit_amount: 1500 } } });
    const totals = await Promise.all(
      ["usd", "eur", "jpy"].map(async (currency) => {
        const preview = await stripe.invoices.createPreview({
          customer,
          currency,
          subscription_details: { items: [{ price: id }] },
        });
        return preview.total;
      }),
    );
    expect(totals).toEqual([1000, 900, 1500]);
    expect(
      (await stripe.prices.retrieve(id, { expand: ["currency_options"] })).currency_options,
    ).toMatchObject({
      eur: { unit_amount: 900 },
    });
    const other = stripe.invoices.createPreview({
      customer,
      currency: "gbp",
      subscription_details: { items: [{ price: id }] },
    });
    expect((await errorOf(other)).param).toBe("subscription_details[items][0][price]");
  });

  it("a product can bring its default price, be searched, and a plan is a price", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const product = await stripe.products.create({
      name: "Gold plan",
      metadata: { tier: "gold" },
      default_price_data: { currency: "usd", unit_amount: 5000, recurring },
    });
    const price = String(product.default_price);
    expect(await stripe.prices.retrieve(price)).toMatchObject({ unit_amount: 5000, product: product.id });
    expect((await errorOf(stripe.prices.update(price, { active: false }))).param).toBe("active");
    expect((await stripe.products.search({ query: 'metadata["tier"]:"gold"' })).data).toMatchObject([
      { id: product.id },
    ]);
    const plan = await stripe.plans.create({
      amount: 300,
      currency: "usd",
      interval: "week",
      product: product.id,
    });
    expect(await stripe.prices.retrieve(plan.id)).toMatchObject({
      unit_amount: 300,
      recurring: { interval: "week" },
    });
    await stripe.plans.update(plan.id, { nickname: "Weekly" });
    await stripe.plans.del(plan.id);
    expect(await eventTypes()).toEqual([
      ...["product.created", "plan.created", "price.created", "product.updated"],
      ...["plan.created", "price.created", "plan.updated", "price.updated", "plan.deleted", "price.deleted"],
    ]);
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
