import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { errorOf, givenAnEmulator, type RunningEmulator, rawCall } from "./running-emulator.ts";

const DAY = 24 * 60 * 60;
const NOW = Date.UTC(2030, 0, 1, 12) / 1000;
const SUCCESS = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}";

/** An emulator with a price of 15 dollars once and one of 9 dollars a month. */
async function givenPrices() {
  const running = await givenAnEmulator({ now: () => NOW });
  const { stripe } = running;
  const price = async (unit_amount: number, recurring?: { interval: "month" }) =>
    (
      await stripe.prices.create({
        currency: "usd",
        unit_amount,
        product_data: { name: "T-shirt" },
        ...(recurring && { recurring }),
      })
    ).id;
  return { ...running, once: await price(1500), monthly: await price(900, { interval: "month" }) };
}

const newTypes = async ({ eventTypes }: RunningEmulator, since: number) => (await eventTypes()).slice(since);

describe("given a checkout session that takes a payment", () => {
  async function givenASession(more: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
    const running = await givenPrices();
    const session = await running.stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price: running.once, quantity: 2 }],
      success_url: SUCCESS,
      cancel_url: "https://shop.example/cart",
      ...more,
    });
    return { ...running, session };
  }

  it("it is open, has a page, and says what it costs", async () => {
    const { stripe, session, emulator } = await givenASession({ client_reference_id: "cart-1" });
    expect(session).toMatchObject({
      status: "open",
      payment_status: "unpaid",
      amount_subtotal: 3000,
      amount_total: 3000,
      currency: "usd",
      client_reference_id: "cart-1",
      expires_at: NOW + DAY,
      payment_intent: null,
      url: `${emulator.url}/_emulator/checkout/${session.id}`,
    });
    const items = await stripe.checkout.sessions.listLineItems(session.id);
    expect(items.data).toMatchObject([
      { object: "item", quantity: 2, amount_total: 3000, description: "T-shirt" },
    ]);
    const expanded = await stripe.checkout.sessions.retrieve(session.id, { expand: ["line_items"] });
    expect(expanded.line_items?.data).toHaveLength(1);
  });

  it("paid, it is complete and names the payment; the events are those of a payment, then its own", async () => {
    const running = await givenASession({ payment_intent_data: { metadata: { order: "7" } } });
    const since = (await running.eventTypes()).length;
    const { body } = await running.control("checkout", {
      session: running.session.id,
      card: "4242424242424242",
      email: "ada@shop.example",
      name: "Ada",
    });
    expect(body).toMatchObject({
      status: "complete",
      payment_status: "paid",
      url: null,
      customer: null,
      customer_details: { email: "ada@shop.example", name: "Ada" },
    });
    const intent = await running.stripe.paymentIntents.retrieve(String(body.payment_intent));
    expect(intent).toMatchObject({ status: "succeeded", amount: 3000, metadata: { order: "7" } });
    expect(await newTypes(running, since)).toEqual([
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
      "checkout.session.completed",
    ]);
    expect(
      (await running.stripe.checkout.sessions.list({ payment_intent: intent.id })).data.map(({ id }) => id),
    ).toEqual([running.session.id]);
  });

  it("declined, it stays open, and another card pays the same payment intent", async () => {
    const running = await givenASession();
    const { stripe, session, control } = running;
    const declined = await control("checkout", { session: session.id, card: "4000000000000002" });
    expect([declined.status, declined.body.error?.code]).toEqual([402, "card_declined"]);
    const { payment_intent: first, status } = await stripe.checkout.sessions.retrieve(session.id);
    expect(status).toBe("open");
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    expect(body).toMatchObject({ status: "complete", payment_intent: first });
  });

  it.each([
    ["paid", "checkout.session.async_payment_succeeded", "paid"],
    ["expired", "checkout.session.async_payment_failed", "unpaid"],
  ])(
    "with a voucher it is complete and unpaid until it is %s elsewhere",
    async (outcome, type, paymentStatus) => {
      const running = await givenASession();
      const { stripe, session, control } = running;
      const { body } = await control("checkout", { session: session.id, method: "oxxo" });
      expect(body).toMatchObject({ status: "complete", payment_status: "unpaid" });
      await control("settle", { paymentIntent: body.payment_intent, outcome });
      expect((await running.eventTypes()).at(-1)).toBe(type);
      expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe(paymentStatus);
    },
  );

  it("with a bank debit it is complete and unpaid until the bank has answered", async () => {
    const running = await givenPrices();
    const { stripe, control, emulator } = running;
    const { id: price } = await stripe.prices.create({
      currency: "eur",
      unit_amount: 1500,
      product_data: { name: "Mug" },
    });
    const session = await stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price, quantity: 2 }],
      success_url: SUCCESS,
    });
    const method = await stripe.paymentMethods.create({
      type: "sepa_debit",
      sepa_debit: { iban: "AT611904300234573201" },
      billing_details: { email: "ada@shop.example", name: "Ada" },
    });
    const confirmed = await rawCall(emulator, "POST", `/v1/payment_pages/${session.id}/confirm`, {
      body: `payment_method=${method.id}`,
    });
    expect(confirmed.body).toMatchObject({ status: "complete", payment_status: "unpaid" });
    await control("clock", { advance: 14 * DAY });
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe("paid");
    expect(await running.eventTypes()).toContain("checkout.session.async_payment_succeeded");
  });

  it("it expires when it is told to, or after a day, and then cannot be paid", async () => {
    const running = await givenASession();
    const { stripe, session, control, once } = running;
    expect(await stripe.checkout.sessions.expire(session.id)).toMatchObject({ status: "expired", url: null });
    expect((await control("checkout", { session: session.id, card: "4242424242424242" })).status).toBe(400);
    expect(await errorOf(stripe.checkout.sessions.expire(session.id))).toMatchObject({ statusCode: 400 });
    const other = await stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price: once, quantity: 1 }],
      success_url: SUCCESS,
      expires_at: NOW + 60 * 60,
    });
    await control("clock", { advance: 60 * 60 });
    expect((await stripe.checkout.sessions.retrieve(other.id)).status).toBe("expired");
    expect((await running.eventTypes()).filter((type) => type === "checkout.session.expired")).toHaveLength(
      2,
    );
  });

  it("Stripe's tools can play the payer, and say what they expect to pay", async () => {
    const { emulator, session } = await givenASession();
    const path = `/v1/payment_pages/${session.id}`;
    expect((await rawCall(emulator, "GET", path)).body).toMatchObject({ id: session.id });
    const confirm = (amount: number) =>
      rawCall(emulator, "POST", `${path}/confirm`, {
        body: `payment_method=pm_card_visa&expected_amount=${amount}`,
      });
    expect(Object((await confirm(5)).body.error).param).toBe("expected_amount");
    expect((await confirm(3000)).body).toMatchObject({ status: "complete", payment_status: "paid" });
  });

  it("a coupon takes off what it says, and is redeemed when the payment is made", async () => {
    const { stripe, once, control } = await givenASession();
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: "once" });
    const session = await stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price: once, quantity: 2 }],
      discounts: [{ coupon: coupon.id }],
      success_url: SUCCESS,
    });
    expect(session).toMatchObject({
      amount_subtotal: 3000,
      amount_total: 2700,
      total_details: { amount_discount: 300 },
      discounts: [{ coupon: coupon.id, promotion_code: null }],
    });
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(0);
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    expect((await stripe.paymentIntents.retrieve(String(body.payment_intent))).amount).toBe(2700);
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
  });

  it("with price_data it makes the price and the product, for nothing else", async () => {
    const { session, stripe } = await givenASession({
      line_items: [
        {
          quantity: 3,
          price_data: {
            currency: "eur",
            unit_amount: 700,
            product_data: { name: "Mug", description: "Blue" },
          },
        },
      ],
      customer_creation: "always",
      customer_email: "ada@shop.example",
    });
    expect(session).toMatchObject({ amount_total: 2100, currency: "eur" });
    const [item] = (await stripe.checkout.sessions.listLineItems(session.id)).data;
    const product = await stripe.products.retrieve(String(item?.price?.product));
    expect(product).toMatchObject({ name: "Mug", description: "Blue", active: false });
    expect(item?.price?.active).toBe(false);
  });
});

describe("given a checkout session for a subscription", () => {
  async function givenASession(more: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
    const running = await givenPrices();
    const session = await running.stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price: running.monthly, quantity: 1 }],
      success_url: SUCCESS,
      ...more,
    });
    return { ...running, session };
  }

  it("paid, there is a customer with an active subscription that the card pays", async () => {
    const running = await givenASession({ subscription_data: { metadata: { plan: "pro" } } });
    const { stripe, session, control } = running;
    const since = (await running.eventTypes()).length;
    const { body } = await control("checkout", {
      session: session.id,
      card: "4242424242424242",
      email: "ada@shop.example",
    });
    expect(body).toMatchObject({ status: "complete", payment_status: "paid", payment_intent: null });
    const subscription = await stripe.subscriptions.retrieve(String(body.subscription));
    expect(subscription).toMatchObject({
      status: "active",
      customer: body.customer,
      latest_invoice: body.invoice,
      metadata: { plan: "pro" },
    });
    expect(await stripe.customers.retrieve(String(body.customer))).toMatchObject({
      email: "ada@shop.example",
    });
    await control("clock", { advance: 31 * DAY });
    expect((await stripe.invoices.list({ subscription: subscription.id, status: "paid" })).data).toHaveLength(
      2,
    );
    const types = await newTypes(running, since);
    const order = [
      "customer.created",
      "payment_method.attached",
      "customer.subscription.created",
      "payment_intent.succeeded",
      "customer.subscription.updated",
      "checkout.session.completed",
    ];
    expect(types.filter((type) => order.includes(type)).slice(0, order.length)).toEqual(order);
  });

  it("declined, a second card pays the same subscription", async () => {
    const { stripe, session, control } = await givenASession();
    const declined = await control("checkout", { session: session.id, card: "4000000000000341" });
    expect(declined.status).toBe(402);
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    expect(body).toMatchObject({ status: "complete", payment_status: "paid" });
    expect((await stripe.subscriptions.list({ status: "all" })).data).toMatchObject([
      { id: body.subscription, status: "active" },
    ]);
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it("a promotion code reduces every invoice that it should, and the amounts agree", async () => {
    const { stripe, monthly, control } = await givenASession();
    const coupon = await stripe.coupons.create({ amount_off: 400, currency: "usd", duration: "forever" });
    const code = await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id } });
    const session = await stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price: monthly, quantity: 1 }],
      discounts: [{ promotion_code: code.id }],
      success_url: SUCCESS,
    });
    expect(session.amount_total).toBe(500);
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    await control("clock", { advance: 31 * DAY });
    const invoices = await stripe.invoices.list({ subscription: String(body.subscription) });
    expect(invoices.data.map(({ amount_paid: paid }) => paid)).toEqual([500, 500]);
  });

  it("one-time items are on the first invoice only", async () => {
    const { stripe, monthly, once, control } = await givenASession();
    const session = await stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [
        { price: monthly, quantity: 2 },
        { price: once, quantity: 1 },
      ],
      success_url: SUCCESS,
    });
    expect(session.amount_total).toBe(3300);
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    await control("clock", { advance: 31 * DAY });
    const invoices = await stripe.invoices.list({ subscription: String(body.subscription) });
    expect(invoices.data.map(({ amount_paid: paid }) => paid)).toEqual([1800, 3300]);
  });

  it("with a trial nothing is due, and the subscription is trialing", async () => {
    const { stripe, session, control } = await givenASession({ subscription_data: { trial_period_days: 7 } });
    expect(session.amount_total).toBe(0);
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    expect(body).toMatchObject({ status: "complete", payment_status: "no_payment_required" });
    expect((await stripe.subscriptions.retrieve(String(body.subscription))).status).toBe("trialing");
  });
});

describe("given a checkout session that saves a card", () => {
  it("completed, the setup intent has succeeded and the customer has the card", async () => {
    const { stripe, control } = await givenPrices();
    const customer = await stripe.customers.create({ email: "ada@shop.example" });
    const session = await stripe.checkout.sessions.create({
      mode: "setup",
      currency: "usd",
      customer: customer.id,
      success_url: SUCCESS,
    });
    expect(session).toMatchObject({ payment_status: "no_payment_required", amount_total: null });
    const { body } = await control("checkout", { session: session.id, card: "4242424242424242" });
    expect(body).toMatchObject({ status: "complete", setup_intent: session.setup_intent });
    expect((await stripe.setupIntents.retrieve(String(body.setup_intent))).status).toBe("succeeded");
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
  });
});

describe("given the page of a session", () => {
  const typed = (card: string) =>
    new URLSearchParams({ email: "ada@shop.example", card, name: "Ada <script>" });

  async function givenAPage(more: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
    const running = await givenPrices();
    const session = await running.stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price: running.once, quantity: 1 }],
      success_url: SUCCESS,
      cancel_url: "https://shop.example/cart?a=1&b=2",
      ...more,
    });
    const open = (init: RequestInit = {}) => fetch(String(session.url), { redirect: "manual", ...init });
    const submit = (card: string) => open({ method: "POST", body: typed(card) });
    return { ...running, session, open, submit };
  }

  it("shows what is bought and the way back; a good card leads to the success URL with the session's id", async () => {
    const { session, open, submit } = await givenAPage();
    const text = await (await open()).text();
    expect(text).toContain("T-shirt × 1: $15.00");
    expect(text).toContain("https://shop.example/cart?a=1&amp;b=2");
    const paid = await submit("4242 4242 4242 4242");
    expect([paid.status, paid.headers.get("location")]).toEqual([
      303,
      `https://shop.example/thanks?session=${session.id}`,
    ]);
    expect((await open()).headers.get("location")).toBe(`https://shop.example/thanks?session=${session.id}`);
  });

  it.each([
    ["4000000000000002", "Your card was declined."],
    ["4242424242424241", "Your card number is incorrect."],
  ])("shows why the card %s cannot pay, and the form again", async (card, message) => {
    const { submit, stripe, session } = await givenAPage();
    const declined = await submit(card);
    expect(declined.status).toBe(402);
    const text = await declined.text();
    expect(text).toContain(message);
    expect(text).toContain('name="card"');
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
  });

  it.each([
    ["payment", {}],
    ["subscription", {}],
  ] as const)("leads to the bank and back in %s mode", async (mode, more) => {
    const { monthly, once, stripe, submit, session, open } = await givenPage(mode, more);
    expect([monthly, once]).not.toContain(undefined);
    const toBank = await submit("4000002760003184");
    const bank = String(toBank.headers.get("location"));
    expect(bank).toContain("/_emulator/3ds/");
    const failed = await fetch(bank, {
      method: "POST",
      body: new URLSearchParams({ outcome: "fail" }),
      redirect: "manual",
    });
    const form = await fetch(String(failed.headers.get("location")));
    expect(await form.text()).toContain("The authentication failed");
    const again = String((await submit("4000002760003184")).headers.get("location"));
    const done = await fetch(again, {
      method: "POST",
      body: new URLSearchParams({ outcome: "complete" }),
      redirect: "manual",
    });
    expect(String(done.headers.get("location"))).toContain(`/_emulator/checkout/${session.id}`);
    expect((await open()).headers.get("location")).toBe(`https://shop.example/thanks?session=${session.id}`);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: "complete",
      payment_status: "paid",
    });
  });

  async function givenPage(mode: "payment" | "subscription", more: object) {
    const running = await givenPrices();
    const price = mode === "payment" ? running.once : running.monthly;
    const session = await running.stripe.checkout.sessions.create({
      mode,
      line_items: [{ price, quantity: 1 }],
      success_url: SUCCESS,
      ...more,
    });
    const open = (init: RequestInit = {}) => fetch(String(session.url), { redirect: "manual", ...init });
    return {
      ...running,
      session,
      open,
      submit: (card: string) => open({ method: "POST", body: typed(card) }),
    };
  }

  it("says that there is no such session", async () => {
    const { emulator } = await givenPrices();
    expect((await fetch(`${emulator.url}/_emulator/checkout/cs_none`)).status).toBe(404);
  });
});

describe("given wrong parameters, the error names the field", () => {
  const item = "line_items[0][price]={once}&line_items[0][quantity]=1";
  it.each([
    ["mode", `success_url=https://a.example&${item}`],
    ["line_items", "mode=payment&success_url=https://a.example"],
    ["success_url", `mode=payment&${item}`],
    [
      "line_items[0][price]",
      "mode=payment&success_url=https://a.example&line_items[0][price]=no&line_items[0][quantity]=1",
    ],
    ["line_items[0][quantity]", "mode=payment&success_url=https://a.example&line_items[0][price]={once}"],
    ["line_items", `mode=subscription&success_url=https://a.example&${item}`],
    [
      "line_items",
      "mode=payment&success_url=https://a.example&line_items[0][price]={monthly}&line_items[0][quantity]=1",
    ],
    ["customer", `mode=payment&success_url=https://a.example&customer=cus_no&${item}`],
    [
      "subscription_data",
      `mode=payment&success_url=https://a.example&subscription_data[description]=a&${item}`,
    ],
    ["expires_at", `mode=payment&success_url=https://a.example&expires_at=5&${item}`],
    ["currency", "mode=setup&success_url=https://a.example"],
    [
      "payment_method_types",
      `mode=payment&success_url=https://a.example&payment_method_types[0]=card&${item}`,
    ],
    [
      "line_items[0][price_data][product]",
      "mode=payment&success_url=https://a.example&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=5",
    ],
    [
      "line_items[0][price_data][unit_amount]",
      "mode=payment&success_url=https://a.example&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=a",
    ],
  ])("%s", async (param, form) => {
    const { emulator, once, monthly } = await givenPrices();
    const body = form.replace("{once}", once).replace("{monthly}", monthly);
    const refused = await rawCall(emulator, "POST", "/v1/checkout/sessions", { body });
    expect([refused.status, Object(refused.body.error).param]).toEqual([400, param]);
  });
});
