import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { handler } from "../../../generated/handlers/stripe-create-subscription.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = stripeShop();

const path = "/api/capabilities/stripe-create-subscription";

const subscribe = (body: object, key: string = randomUUID(), authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { path, body, headers: { "idempotency-key": key }, authorizer });

const liveOf = async (customer: string) =>
  (await shop.stripe.subscriptions.list({ customer, limit: 100 })).data.map(({ id }) => id);

describe("given a customer without a subscription", () => {
  it("the payer gets a link to the first invoice, and the subscription is active once it is paid", async () => {
    const customerId = await shop.customer();
    const priceId = await shop.price();
    const { status, body } = await subscribe({
      customerId,
      priceId,
      quantity: 3,
      metadata: { orderId: "1042" },
      returnUrl: "https://shop.example.com/thanks",
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        status: "incomplete",
        clientSecret: expect.stringMatching(/^pi_.*_secret_/),
        payUrl: expect.stringMatching(`^https://pay.example.com/pay/${body.subscriptionId}\\.`),
        invoiceId: expect.stringMatching(/^in_/),
      },
    });
    const subscription = await shop.stripe.subscriptions.retrieve(body.subscriptionId);
    expect(subscription.items.data).toMatchObject([{ quantity: 3, price: { id: priceId } }]);
    expect(subscription.metadata).toMatchObject({ orderId: "1042" });
    await shop.control("POST", "pay", {
      paymentIntent: body.clientSecret.split("_secret_")[0],
      card: "4242424242424242",
    });
    expect(await shop.stripe.subscriptions.retrieve(body.subscriptionId)).toMatchObject({ status: "active" });
  });

  it("a saved card is charged at once, and nobody has to pay", async () => {
    const customerId = await shop.customer();
    const card = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer: customerId });
    const { body } = await subscribe({
      customerId,
      priceId: await shop.price(),
      paymentMethodId: card.id,
    });
    expect(body).toMatchObject({ status: "active", invoiceId: expect.stringMatching(/^in_/) });
    expect(body).not.toHaveProperty("payUrl");
    expect(body).not.toHaveProperty("clientSecret");
  });

  it("in a trial without a card, the payer gets a link to save one; without it, the trial ends without access", async () => {
    const { body } = await subscribe({
      customerId: await shop.customer(),
      priceId: await shop.price(),
      trialDays: 14,
    });
    expect(body).toMatchObject({
      ...{ status: "trialing", clientSecret: expect.stringMatching(/^seti_.*_secret_/) },
      payUrl: expect.stringMatching(`^https://pay.example.com/pay/${body.subscriptionId}\\.`),
    });
    await shop.control("POST", "clock", { advance: 15 * 86_400 });
    expect(await shop.stripe.subscriptions.retrieve(body.subscriptionId)).toMatchObject({
      status: "canceled",
    });
  });
});

describe("given a customer with a live subscription", () => {
  it.each<[string, (customer: string, price: string) => Promise<string>]>([
    [
      "that waits for its first payment",
      async (customerId, priceId) => (await subscribe({ customerId, priceId })).body.subscriptionId,
    ],
    [
      "that was made in the dashboard",
      async (customer, price) =>
        (await shop.subscription({ customer, price, payment_behavior: "default_incomplete" })).id,
    ],
    [
      "that ends with its period",
      async (customer, price) =>
        (
          await shop.subscription({
            customer,
            price,
            payment_behavior: "default_incomplete",
            cancel_at_period_end: true,
          })
        ).id,
    ],
  ])("%s: another price of the same product is refused, and names it", async (_what, begin) => {
    const product = (await shop.stripe.products.create({ name: "Plan" })).id;
    const customerId = await shop.customer();
    const live = await begin(customerId, await shop.price({ product }));
    const { status, body } = await subscribe({ customerId, priceId: await shop.price({ product }) });
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", retryable: false, issues: [{ path: "customerId" }] },
    });
    expect(body.detail).toContain(live);
    expect(await liveOf(customerId)).toEqual([live]);
    expect(await scanTable("SubscriptionClaimsTable")).toEqual([]);
  });

  it("a second one is created if the caller allows it, and to another product in any case", async () => {
    const customerId = await shop.customer();
    const priceId = await shop.price();
    const first = await subscribe({ customerId, priceId });
    const second = await subscribe({ customerId, priceId, allowSecond: true });
    const other = await subscribe({ customerId, priceId: await shop.price() });
    expect([first.status, second.status, other.status]).toEqual([200, 200, 200]);
    expect(await liveOf(customerId)).toHaveLength(3);
  });

  it("after it has ended, a new one can be created", async () => {
    const customerId = await shop.customer();
    const priceId = await shop.price();
    const first = await subscribe({ customerId, priceId });
    await shop.stripe.subscriptions.cancel(first.body.subscriptionId);
    expect(await subscribe({ customerId, priceId })).toMatchObject({ status: 200 });
  });
});

describe("given a call whose response from Stripe was lost", () => {
  const lost = { kind: "reset_after_commit", times: 2, match: { method: "POST", path: "/v1/subscriptions" } };

  it("the same call returns the subscription that was created, and another call gets a conflict", async () => {
    const customerId = await shop.customer();
    const priceId = await shop.price();
    await shop.control("POST", "faults", lost);
    const key = randomUUID();
    const first = await subscribe({ customerId, priceId, quantity: 2 }, key);
    expect(first.status).toBe(502);
    const [created] = await liveOf(customerId);
    expect(await subscribe({ customerId, priceId })).toMatchObject({ status: 409 });
    const again = await subscribe({ customerId, priceId, quantity: 2 }, key);
    expect(again).toMatchObject({ status: 200, body: { subscriptionId: created, status: "incomplete" } });
    expect(await liveOf(customerId)).toEqual([created]);
  });
});

describe("given a promotion code", () => {
  async function aCode(parameters: Partial<Stripe.PromotionCodeCreateParams> = {}): Promise<string> {
    const { id: coupon } = await shop.stripe.coupons.create({ percent_off: 25, duration: "once" });
    const code = `SAVE${randomUUID().slice(0, 8).toUpperCase()}`;
    await shop.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon }, code, ...parameters });
    return code;
  }

  async function subscribeWith(promotionCode: string, customerId: string) {
    return subscribe({ customerId, priceId: await shop.price(), promotionCode });
  }

  it("the first invoice has the discount, also if there are spaces around the code", async () => {
    const { body } = await subscribeWith(` ${await aCode()} `, await shop.customer());
    expect(await shop.stripe.invoices.retrieve(body.invoiceId)).toMatchObject({ amount_due: 1500 });
  });

  it("of two codes with the same text, each for one customer, the customer's own is used", async () => {
    const [ada, bob] = [await shop.customer(), await shop.customer()];
    const code = await aCode({ customer: ada });
    await aCode({ customer: bob, code });
    expect(await subscribeWith(code, bob)).toMatchObject({ status: 200 });
    expect(await subscribeWith(code, await shop.customer())).toMatchObject({
      status: 422,
      body: { issues: [{ path: "promotionCode" }] },
    });
  });

  it.each<[string, Partial<Stripe.PromotionCodeCreateParams>]>([
    ["is inactive", { active: false }],
    ["needs a higher amount", { restrictions: { minimum_amount: 999_999, minimum_amount_currency: "usd" } }],
  ])("one that %s is refused at its field, and nothing is created", async (_what, parameters) => {
    const customerId = await shop.customer();
    const { status, body } = await subscribeWith(await aCode(parameters), customerId);
    expect([status, body.issues[0].path]).toEqual([422, "promotionCode"]);
    expect(await liveOf(customerId)).toEqual([]);
  });
});

describe("given the same Idempotency-Key", () => {
  it("the second call gets the first response again", async () => {
    const body = { customerId: await shop.customer(), priceId: await shop.price() };
    const key = randomUUID();
    const first = await subscribe(body, key);
    const second = await subscribe(body, key);
    expect(second.body).toEqual(first.body);
    expect(second.headers).toMatchObject({ "idempotency-replayed": "true" });
  });
});

describe("given inputs that cannot be used", () => {
  it.each<[string, object, string]>([
    ["a price that does not exist", { priceId: "price_none" }, "priceId"],
    ["a customer that does not exist", { customerId: "cus_none" }, "customerId"],
    ["no items", { quantity: 0 }, "quantity"],
    ["half an item", { quantity: 1.5 }, "quantity"],
    ["a trial of no days", { trialDays: 0 }, "trialDays"],
    ["an unknown promotion code", { promotionCode: "NOPE" }, "promotionCode"],
    ["a blank promotion code", { promotionCode: " " }, "promotionCode"],
    ["a card that does not exist", { paymentMethodId: "pm_none" }, "paymentMethodId"],
    [
      "a reserved name in the metadata",
      { metadata: { contractspec_second: "allowed" } },
      "metadata.contractspec_second",
    ],
    ["nested metadata", { metadata: { a: { b: 1 } } }, "metadata.a"],
    ["an address of another site", { returnUrl: "https://evil.example.com/" }, "returnUrl"],
  ])("%s is refused at its field, and nothing is created", async (_what, inputs, field) => {
    const customerId = await shop.customer();
    const { status, body } = await subscribe({ customerId, priceId: await shop.price(), ...inputs });
    expect([status, body.issues[0].path]).toEqual([422, field]);
    expect(await liveOf(customerId)).toEqual([]);
  });

  it("another customer's card is refused", async () => {
    const customerId = await shop.customer();
    const other = await shop.customer();
    const { id } = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer: other });
    const { status, body } = await subscribe({
      customerId,
      priceId: await shop.price(),
      paymentMethodId: id,
    });
    expect([status, body.issues[0].path]).toEqual([422, "paymentMethodId"]);
  });

  it("a principal that acts for one customer creates no other customer's subscription", async () => {
    const own = await shop.customer();
    const other = await shop.customer();
    const priceId = await shop.price();
    expect(await subscribe({ customerId: other, priceId }, randomUUID(), boundTo(own))).toMatchObject({
      status: 403,
    });
    expect(await subscribe({ customerId: own, priceId }, randomUUID(), boundTo(own))).toMatchObject({
      status: 200,
    });
  });
});
