import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { givenAShop } from "./given-a-shop.ts";
import { errorOf, rawCall } from "./running-emulator.ts";

/** A shop with a price, and a way to see what the latest invoice of a subscription charged. */
async function givenASale() {
  const shop = await givenAShop("pm_card_visa");
  const price = await shop.price(1000);
  const subscribe = (given: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    shop.stripe.subscriptions.create({ customer: shop.customer, items: [{ price }], ...given });
  const charged = async (subscription: Pick<Stripe.Subscription, "id">) => {
    const { latest_invoice: latest } = await shop.stripe.subscriptions.retrieve(subscription.id, {
      expand: ["latest_invoice"],
    });
    return typeof latest === "object" ? latest?.amount_paid : undefined;
  };
  return { ...shop, price, subscribe, charged };
}

describe("given a coupon on a subscription", () => {
  it("once reduces the first invoice only", async () => {
    const { stripe, subscribe, charged, pass, fresh } = await givenASale();
    const coupon = await stripe.coupons.create({ percent_off: 12.5 });
    expect(coupon).toMatchObject({ duration: "once", percent_off: 12.5, valid: true, times_redeemed: 0 });
    await fresh();
    const subscription = await subscribe({ discounts: [{ coupon: coupon.id }] });
    expect(await charged(subscription)).toBe(875);
    expect(await fresh()).toEqual(
      expect.arrayContaining(["customer.discount.created", "customer.discount.deleted"]),
    );
    expect((await stripe.subscriptions.retrieve(subscription.id)).discounts).toEqual([]);
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
    await pass(30);
    expect(await charged(subscription)).toBe(1000);
  });

  it("repeating reduces the invoices of its months", async () => {
    const { stripe, subscribe, charged, pass } = await givenASale();
    const { id: coupon } = await stripe.coupons.create({
      amount_off: 300,
      currency: "usd",
      duration: "repeating",
      duration_in_months: 2,
    });
    const subscription = await subscribe({ discounts: [{ coupon }] });
    const amounts = [await charged(subscription)];
    for (let month = 0; month < 2; month += 1) {
      await pass(31);
      amounts.push(await charged(subscription));
    }
    expect(amounts).toEqual([700, 700, 1000]);
  });

  it("an amount is divided among the lines, and reaches only the products it applies to", async () => {
    const { stripe, price, subscribe } = await givenASale();
    const product = String((await stripe.prices.retrieve(price)).product);
    const other = await stripe.prices.create({
      currency: "usd",
      unit_amount: 500,
      recurring: { interval: "month" },
      product_data: { name: "Other" },
    });
    const items = [{ price }, { price: other.id }];
    const linesWith = async (given: Stripe.CouponCreateParams) => {
      const coupon = await stripe.coupons.create({ ...given, duration: "forever" });
      const { latest_invoice: latest } = await subscribe({
        items,
        discounts: [{ coupon: coupon.id }],
        expand: ["latest_invoice"],
      });
      const invoice = typeof latest === "object" ? latest : null;
      return invoice?.lines.data.map((line) => line.discount_amounts?.[0]?.amount);
    };
    expect(await linesWith({ amount_off: 100, currency: "usd" })).toEqual([67, 33]);
    expect(await linesWith({ amount_off: 5000, currency: "usd" })).toEqual([1000, 500]);
    expect(await linesWith({ percent_off: 50, applies_to: { products: [product] } })).toEqual([
      500,
      undefined,
    ]);
  });

  it("can be taken off again, and its deletion leaves the discount", async () => {
    const { stripe, subscribe, charged, pass, fresh } = await givenASale();
    const { id: coupon } = await stripe.coupons.create({ percent_off: 10, duration: "forever" });
    const subscription = await subscribe({ discounts: [{ coupon }] });
    expect(await stripe.coupons.del(coupon)).toMatchObject({ deleted: true });
    expect(await errorOf(stripe.coupons.retrieve(coupon))).toMatchObject({ statusCode: 404 });
    await pass(30);
    expect(await charged(subscription)).toBe(900);
    await fresh();
    expect(await stripe.subscriptions.deleteDiscount(subscription.id)).toMatchObject({ deleted: true });
    expect(await fresh()).toEqual(["customer.discount.deleted"]);
    await pass(31);
    expect(await charged(subscription)).toBe(1000);
    expect(await errorOf(stripe.subscriptions.deleteDiscount(subscription.id))).toMatchObject({
      statusCode: 400,
    });
  });

  it("stands beside others, on an item too, and is expanded", async () => {
    const { stripe, price, subscribe } = await givenASale();
    const half = await stripe.coupons.create({ percent_off: 50, duration: "forever" });
    const less = await stripe.coupons.create({ amount_off: 100, currency: "usd", duration: "forever" });
    const subscription = await subscribe({
      items: [{ price, discounts: [{ coupon: less.id }] }],
      discounts: [{ coupon: half.id }],
      expand: ["discounts.source.coupon", "latest_invoice.total_discount_amounts.discount"],
    });
    expect(subscription).toMatchObject({
      discounts: [{ object: "discount", source: { coupon: { id: half.id } } }],
      latest_invoice: { subtotal: 1000, total: 450 },
    });
  });
});

describe("given a coupon that cannot be redeemed", () => {
  it("the error names the parameter, and nothing is stored", async () => {
    const { stripe, subscribe, control } = await givenASale();
    const now = Number((await stripe.coupons.create({ percent_off: 1 })).created);
    const once = await stripe.coupons.create({ percent_off: 10, max_redemptions: 1 });
    const soon = await stripe.coupons.create({ percent_off: 10, redeem_by: now + 60 });
    const euros = await stripe.coupons.create({ amount_off: 100, currency: "eur" });
    await subscribe({ discounts: [{ coupon: once.id }] });
    await control("clock", { advance: 60 });
    for (const coupon of [once.id, soon.id, euros.id, "none"]) {
      const error = await errorOf(subscribe({ discounts: [{ coupon }] }));
      expect(error.param).toBe("discounts[0][coupon]");
    }
    expect((await stripe.subscriptions.list()).data).toHaveLength(1);
    expect((await stripe.coupons.retrieve(soon.id)).valid).toBe(false);
  });

  it.each<[Stripe.CouponCreateParams, string]>([
    [{}, "percent_off"],
    [{ percent_off: 10, amount_off: 10, currency: "usd" }, "amount_off"],
    [{ percent_off: 101 }, "percent_off"],
    [{ amount_off: 10 }, "currency"],
    [{ percent_off: 10, duration: "repeating" }, "duration_in_months"],
    [{ percent_off: 10, duration_in_months: 2 }, "duration_in_months"],
    [{ percent_off: 10, redeem_by: 1 }, "redeem_by"],
    [{ percent_off: 10, applies_to: { products: ["prod_none"] } }, "applies_to[products][0]"],
  ])("%j is refused with %s", async (params, param) => {
    const { stripe } = await givenAShop();
    expect((await errorOf(stripe.coupons.create(params))).param).toBe(param);
  });
});

describe("given a promotion code", () => {
  it("it is redeemed like its coupon, within its restrictions", async () => {
    const { stripe, subscribe, charged, customer, fresh } = await givenASale();
    const { id: coupon } = await stripe.coupons.create({ percent_off: 20, duration: "forever" });
    const create = (given: Partial<Stripe.PromotionCodeCreateParams>) =>
      stripe.promotionCodes.create({ promotion: { type: "coupon", coupon }, ...given });
    const refusal = async (promotion_code: string) =>
      (await errorOf(subscribe({ discounts: [{ promotion_code }] }))).message;
    const large = await create({ restrictions: { minimum_amount: 1001, minimum_amount_currency: "usd" } });
    expect(await refusal(large.id)).toContain("below the minimum");
    const { id: other } = await stripe.customers.create({});
    expect(await refusal((await create({ customer: other })).id)).toContain("another customer");
    const first = await create({ code: "SUMMER", restrictions: { first_time_transaction: true } });
    expect((await errorOf(create({ code: "summer" }))).param).toBe("code");
    await fresh();
    expect(await charged(await subscribe({ discounts: [{ promotion_code: first.id }] }))).toBe(800);
    expect(await refusal(first.id)).toContain("prior transactions");
    await stripe.promotionCodes.update(large.id, { active: false });
    expect(await refusal(large.id)).toContain("inactive");
    expect(await fresh()).toContain("promotion_code.updated");
    expect((await stripe.promotionCodes.list({ code: "SUMMER" })).data).toMatchObject([
      { id: first.id, times_redeemed: 1, promotion: { coupon } },
    ]);
    const used = await stripe.invoices.list({ customer, expand: ["data.discounts"] });
    expect(used.data[0]?.discounts).toMatchObject([{ promotion_code: first.id }]);
  });
});

describe("given a coupon of a customer", () => {
  it("requests without a version may give it, and it reduces all of the customer's invoices", async () => {
    const { stripe, emulator, customer, subscribe, charged, fresh } = await givenASale();
    const { id: coupon } = await stripe.coupons.create({ percent_off: 20, duration: "forever" });
    await fresh();
    const path = `/v1/customers/${customer}`;
    expect((await rawCall(emulator, "POST", path, { body: `coupon=${coupon}` })).status).toBe(200);
    expect(await fresh()).toEqual(["customer.updated", "customer.discount.created"]);
    expect(await charged(await subscribe())).toBe(800);
    const headers = { "stripe-version": "2026-10-28.endive" };
    const refused = await rawCall(emulator, "POST", path, { body: `coupon=${coupon}`, headers });
    expect(refused.body.error).toMatchObject({ code: "parameter_unknown" });
    expect(await stripe.customers.deleteDiscount(customer)).toMatchObject({ deleted: true, customer });
    expect(await charged(await subscribe())).toBe(1000);
  });
});
