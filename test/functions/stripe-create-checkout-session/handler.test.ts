/** Checkout sessions over the handler, and what their payers can do with them. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-create-checkout-session.ts";
import * as given from "../../steps/given.ts";
import { type CallOptions, callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const create = callOf(handler, "stripe-create-checkout-session");

const successUrl = "https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}";
const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;
const complete = (session: string, card = "pm_card_visa") =>
  stripe.control("POST", "checkout", { session, card });
const sessionOf = (id: string) => stripe.api.checkout.sessions.retrieve(id);

async function aPrice(fields: object = { recurring: { interval: "month" } }) {
  const { id: product } = await stripe.api.products.create({ name: "Pro" });
  const price = await stripe.api.prices.create({ product, currency: "usd", unit_amount: 1000, ...fields });
  return { priceId: price.id, product };
}
const subscribing = async (customerId: string, priceId: string, more: object = {}, options?: CallOptions) =>
  create({ customerId, mode: "subscription", lines: [{ priceId }], successUrl, ...more }, options);
const subscriptionsOf = async (customer: string) =>
  (await stripe.api.subscriptions.list({ customer, status: "all" })).data;

describe("given a customer who pays", () => {
  it("with an amount: the page is for that amount, and the payment carries the application's ids", async () => {
    const customerId = await aCustomer();
    const { status, body } = await create({
      customerId,
      mode: "payment",
      amount: 4200,
      currency: "eur",
      description: "Two tickets",
      successUrl,
      cancelUrl: "https://shop.example.com/cart",
      metadata: { orderId: 7 },
    });
    expect([status, Object.keys(body).sort()]).toEqual([200, ["expiresAt", "sessionId", "url"]]);
    expect(body.url).toContain(body.sessionId);
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now());
    await complete(body.sessionId);
    const session = await sessionOf(body.sessionId);
    expect(session).toMatchObject({
      status: "complete",
      amount_total: 4200,
      currency: "eur",
      customer: customerId,
      cancel_url: "https://shop.example.com/cart",
      metadata: { orderId: "7" },
    });
    expect(await stripe.api.paymentIntents.retrieve(String(session.payment_intent))).toMatchObject({
      status: "succeeded",
      amount: 4200,
      customer: customerId,
      metadata: { orderId: "7" },
    });
    const { data } = await stripe.api.checkout.sessions.listLineItems(body.sessionId);
    expect(data).toMatchObject([{ description: "Two tickets" }]);
  });

  it("with prices: each line has its quantity, and promotion codes can be typed in", async () => {
    const customerId = await aCustomer();
    const [one, two] = [await aPrice({}), await aPrice({})];
    const { body } = await create({
      customerId,
      mode: "payment",
      lines: [{ priceId: one.priceId }, { priceId: two.priceId, quantity: 3 }],
      promotionCodes: true,
      successUrl,
    });
    expect(await sessionOf(body.sessionId)).toMatchObject({
      amount_total: 4000,
      allow_promotion_codes: true,
    });
  });
});

describe("given a customer who saves a card", () => {
  it("nothing is charged, and the setup intent carries the application's ids", async () => {
    const customerId = await aCustomer();
    const { body } = await create({ customerId, mode: "setup", successUrl, metadata: { userId: "u1" } });
    await complete(body.sessionId);
    const session = await sessionOf(body.sessionId);
    expect(session).toMatchObject({ status: "complete", payment_status: "no_payment_required" });
    expect(await stripe.api.setupIntents.retrieve(String(session.setup_intent))).toMatchObject({
      status: "succeeded",
      customer: customerId,
      metadata: { userId: "u1" },
    });
  });
});

describe("given a customer who subscribes", () => {
  it("the subscription has the trial and the application's ids", async () => {
    const customerId = await aCustomer();
    const { priceId } = await aPrice();
    const { body } = await subscribing(customerId, priceId, { trialDays: 14, metadata: { plan: "pro" } });
    await complete(body.sessionId);
    expect(await subscriptionsOf(customerId)).toMatchObject([
      { status: "trialing", metadata: { plan: "pro" }, items: { data: [{ price: { id: priceId } }] } },
    ]);
  });

  it("a metered price has no quantity", async () => {
    const customerId = await aCustomer();
    const { id: meter } = await stripe.api.billing.meters.create({
      display_name: "Calls",
      event_name: `calls_${randomUUID()}`,
      default_aggregation: { formula: "sum" },
    });
    const { priceId } = await aPrice({ recurring: { interval: "month", usage_type: "metered", meter } });
    const { body } = await subscribing(customerId, priceId);
    expect(await stripe.api.checkout.sessions.listLineItems(body.sessionId)).toMatchObject({
      data: [{ quantity: null }],
    });
    const refused = await subscribing(customerId, priceId, { lines: [{ priceId, quantity: 2 }] });
    expect([refused.status, refused.body.issues[0].path]).toEqual([422, "lines.0.quantity"]);
  });

  it("no page is made while a subscription to the product is live, at whatever price, unless a second one is meant", async () => {
    const customerId = await aCustomer();
    const { priceId, product } = await aPrice();
    const yearly = await stripe.api.prices.create({
      product,
      currency: "usd",
      unit_amount: 9000,
      recurring: { interval: "year" },
    });
    await complete((await subscribing(customerId, priceId)).body.sessionId);
    const [live] = await subscriptionsOf(customerId);
    const refused = await subscribing(customerId, yearly.id);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", issues: [{ path: "customerId" }] },
    });
    expect(refused.body.detail).toContain(live?.id);
    const second = await subscribing(customerId, yearly.id, { allowSecond: true });
    await complete(second.body.sessionId);
    expect(await subscriptionsOf(customerId)).toHaveLength(2);
    await stripe.api.subscriptions.cancel(String(live?.id));
    expect((await subscribing(customerId, (await aPrice()).priceId)).status).toBe(200);
  });

  it("a new page ends the earlier ones for the same product, but none for another product or that somebody else made", async () => {
    const customerId = await aCustomer();
    const [{ priceId }, other] = [await aPrice(), await aPrice()];
    const ofOther = await subscribing(customerId, other.priceId);
    const foreign = await stripe.api.checkout.sessions.create({
      mode: "subscription",
      customer: customerId,
      line_items: [{ price: priceId, quantity: 1 }],
      success_url: successUrl,
    });
    const first = await subscribing(customerId, priceId);
    const second = await subscribing(customerId, priceId);
    const statuses = await Promise.all(
      [ofOther.body.sessionId, foreign.id, first.body.sessionId, second.body.sessionId].map(
        async (id) => (await sessionOf(id)).status,
      ),
    );
    expect(statuses).toEqual(["open", "open", "expired", "open"]);
  });

  it("of simultaneous calls, one page can be paid, so there is one subscription", async () => {
    const customerId = await aCustomer();
    const { priceId } = await aPrice();
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => subscribing(customerId, priceId, {})),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const paid = await Promise.allSettled(responses.map(({ body }) => complete(body.sessionId)));
    expect(paid.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await subscriptionsOf(customerId)).toHaveLength(1);
  });
});

describe("given a repeated call", () => {
  it("its page is the same, also after Stripe's response was lost", async () => {
    const customerId = await aCustomer();
    const { priceId } = await aPrice();
    const key = randomUUID();
    await stripe.orderFaults({
      kind: "reset_after_commit",
      times: 2,
      match: { method: "POST", path: "/v1/checkout/sessions" },
    });
    const lost = await subscribing(customerId, priceId, {}, { key });
    await stripe.takeBackFaults();
    const first = await subscribing(customerId, priceId, {}, { key });
    const second = await subscribing(customerId, priceId, {}, { key });
    expect([lost.status, first.status, second.status]).toEqual([502, 200, 200]);
    expect(second).toMatchObject({ body: first.body, headers: { "idempotency-replayed": "true" } });
    expect((await stripe.api.checkout.sessions.list({ customer: customerId })).data).toMatchObject([
      { id: first.body.sessionId, status: "open" },
    ]);
  });
});

describe("given a principal that acts for one customer", () => {
  it("it makes pages for that customer only", async () => {
    const customerId = await aCustomer();
    const fields = { mode: "payment", amount: 4200, currency: "usd", successUrl };
    const authorizer = keyOf("checkout", customerId);
    expect((await create({ customerId, ...fields }, { authorizer })).status).toBe(200);
    expect((await create({ customerId: await aCustomer(), ...fields }, { authorizer })).status).toBe(403);
  });
});

describe("given inputs that do not fit", () => {
  const pay = { customerId: "cus_1", mode: "payment", amount: 4200, currency: "usd", successUrl };
  const subscribe = {
    customerId: "cus_1",
    mode: "subscription",
    lines: [{ priceId: "price_1" }],
    successUrl,
  };
  const save = { customerId: "cus_1", mode: "setup", successUrl };
  const without = (fields: object, ...names: string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

  it.each<[string, object, string]>([
    ["lines and an amount", { ...pay, lines: [{ priceId: "price_1" }] }, "amount"],
    ["neither lines nor an amount", without(pay, "amount", "currency"), "lines"],
    ["an amount without a currency", without(pay, "currency"), "currency"],
    ["an amount that is too small", { ...pay, amount: 1 }, "amount"],
    ["an amount to subscribe", { ...subscribe, amount: 4200 }, "amount"],
    ["no lines to subscribe", without(subscribe, "lines"), "lines"],
    ["no line at all", { ...subscribe, lines: [] }, "lines"],
    ["21 lines to subscribe", { ...subscribe, lines: Array(21).fill({ priceId: "price_1" }) }, "lines"],
    ["half a thing", { ...subscribe, lines: [{ priceId: "price_1", quantity: 0.5 }] }, "lines.0.quantity"],
    ["a line without a price", { ...subscribe, lines: [{ quantity: 1 }] }, "lines.0.priceId"],
    ["a price that does not exist", subscribe, "lines.0.priceId"],
    ["a price that is an address", { ...subscribe, lines: [{ priceId: ".." }] }, "lines.0.priceId"],
    ["lines to save a card", { ...save, lines: [{ priceId: "price_1" }] }, "lines"],
    ["promotion codes to save a card", { ...save, promotionCodes: true }, "promotionCodes"],
    ["a currency that does not exist", { ...save, currency: "xxx" }, "currency"],
    ["a trial without a subscription", { ...pay, trialDays: 7 }, "trialDays"],
    ["a trial of half a day", { ...subscribe, trialDays: 0.5 }, "trialDays"],
    ["a trial of three years", { ...subscribe, trialDays: 1095 }, "trialDays"],
    ["a page of somebody else", { ...pay, successUrl: "https://evil.example.com/" }, "successUrl"],
    ["a script as the way back", { ...pay, cancelUrl: "javascript:alert(1)" }, "cancelUrl"],
    [
      "metadata of our own",
      { ...subscribe, metadata: { contractspec_call: "x" } },
      "metadata.contractspec_call",
    ],
    ["another mode", { ...pay, mode: "donation" }, "mode"],
    ["a customer that does not exist", { ...pay, customerId: "cus_none" }, "customerId"],
  ])("%s is refused at its field", async (_what, body, path) => {
    const response = await create(body);
    expect([response.status, response.body.issues[0].path]).toEqual([422, path]);
  });

  it("prices of the other mode, inactive ones and a customer that does not exist are refused at their fields", async () => {
    const [recurring, once] = [await aPrice(), await aPrice({})];
    const inactive = await aPrice({ active: false });
    const customerId = await aCustomer();
    const pathOf = async (fields: object) => {
      const { status, body } = await create({ customerId, successUrl, ...fields });
      return [status, body.issues[0].path];
    };
    const of = (...prices: { priceId: string }[]) => prices.map(({ priceId }) => ({ priceId }));
    expect(await pathOf({ mode: "payment", lines: of(once, recurring) })).toEqual([422, "lines.1.priceId"]);
    expect(await pathOf({ mode: "subscription", lines: of(once) })).toEqual([422, "lines"]);
    expect(await pathOf({ mode: "payment", lines: of(inactive) })).toEqual([422, "lines.0.priceId"]);
    const nobody = { mode: "subscription", lines: of(recurring), customerId: "cus_none" };
    expect(await pathOf(nobody)).toEqual([422, "customerId"]);
  });

  it("while Stripe is down, the response says so, and the same call works later", async () => {
    const [customerId, key] = [await aCustomer(), randomUUID()];
    const call = () => create({ ...pay, customerId }, { key });
    await stripe.orderFaults({ kind: "status", status: 503, times: 50 });
    expect((await call()).status).toBe(502);
    await stripe.takeBackFaults();
    expect((await call()).status).toBe(200);
  });
});
