import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

const DAY = 24 * 60 * 60;
const NOW = Date.UTC(2030, 0, 1, 12) / 1000;

async function givenPrices() {
  const running = await givenAnEmulator({ now: () => NOW });
  const { stripe } = running;
  const { id: customer } = await stripe.customers.create({ payment_method: "pm_card_visa" });
  const [method] = (await stripe.customers.listPaymentMethods(customer)).data;
  await stripe.customers.update(customer, {
    invoice_settings: { default_payment_method: String(method?.id) },
  });
  const price = async (unit_amount: number, recurring?: { interval: "month" }) =>
    (
      await stripe.prices.create({
        currency: "usd",
        unit_amount,
        product_data: { name: "Pro" },
        ...(recurring && { recurring }),
      })
    ).id;
  return { ...running, customer, once: await price(5000), monthly: await price(1500, { interval: "month" }) };
}

describe("given a quote for a subscription", () => {
  it("says what is paid at once and in each period; accepted, there is the subscription", async () => {
    const { stripe, customer, monthly, once, eventTypes } = await givenPrices();
    const draft = await stripe.quotes.create({
      customer,
      description: "For Ada",
      line_items: [
        { price: monthly, quantity: 10 },
        { price: once, quantity: 1 },
      ],
      metadata: { deal: "7" },
    });
    expect(draft).toMatchObject({
      status: "draft",
      amount_total: 20000,
      number: null,
      expires_at: NOW + 30 * DAY,
      computed: { recurring: { amount_total: 15000, interval: "month" }, upfront: { amount_total: 20000 } },
    });
    expect(await errorOf(stripe.quotes.accept(draft.id))).toMatchObject({ statusCode: 400 });
    const open = await stripe.quotes.finalizeQuote(draft.id);
    expect(open).toMatchObject({ status: "open", number: expect.stringMatching(/^QT-/) });
    const since = (await eventTypes()).length;
    const accepted = await stripe.quotes.accept(draft.id);
    expect(accepted).toMatchObject({ status: "accepted", status_transitions: { accepted_at: NOW } });
    const subscription = await stripe.subscriptions.retrieve(String(accepted.subscription));
    expect(subscription).toMatchObject({ status: "active", customer });
    expect((await stripe.invoices.retrieve(String(accepted.invoice))).amount_paid).toBe(20000);
    const types = (await eventTypes()).slice(since);
    expect(types).toContain("customer.subscription.created");
    expect(types.at(-1)).toBe("quote.accepted");
    expect((await stripe.quotes.listLineItems(draft.id)).data).toHaveLength(2);
  });

  it("with a later date, there is a schedule", async () => {
    const { stripe, customer, monthly } = await givenPrices();
    const { id } = await stripe.quotes.create({
      customer,
      line_items: [{ price: monthly, quantity: 1 }],
      subscription_data: { effective_date: NOW + 5 * DAY },
    });
    await stripe.quotes.finalizeQuote(id);
    const { subscription_schedule: schedule, subscription } = await stripe.quotes.accept(id);
    expect(subscription).toBeNull();
    expect(await stripe.subscriptionSchedules.retrieve(String(schedule))).toMatchObject({
      status: "not_started",
      phases: [{ start_date: NOW + 5 * DAY }],
    });
  });
});

describe("given a quote without a recurring price", () => {
  it("accepted, there is an invoice with its lines", async () => {
    const { stripe, customer, once } = await givenPrices();
    const { id } = await stripe.quotes.create({ customer, line_items: [{ price: once, quantity: 2 }] });
    await stripe.quotes.finalizeQuote(id);
    const accepted = await stripe.quotes.accept(id);
    expect(await stripe.invoices.retrieve(String(accepted.invoice))).toMatchObject({
      status: "draft",
      total: 10000,
    });
  });
});

describe("given a quote", () => {
  it("a draft can be changed, an open one only canceled or accepted, a canceled one nothing", async () => {
    const { stripe, customer, once, eventTypes } = await givenPrices();
    const { id } = await stripe.quotes.create({ line_items: [{ price: once, quantity: 1 }] });
    expect(await errorOf(stripe.quotes.finalizeQuote(id))).toMatchObject({ param: "customer" });
    expect(
      await stripe.quotes.update(id, { customer, line_items: [{ price: once, quantity: 3 }] }),
    ).toMatchObject({ customer, amount_total: 15000 });
    await stripe.quotes.finalizeQuote(id);
    expect(await errorOf(stripe.quotes.update(id, { description: "late" }))).toMatchObject({
      statusCode: 400,
    });
    expect(await stripe.quotes.cancel(id)).toMatchObject({ status: "canceled" });
    expect(await errorOf(stripe.quotes.cancel(id))).toMatchObject({ statusCode: 400 });
    expect((await eventTypes()).filter((type) => type.startsWith("quote."))).toEqual([
      "quote.created",
      "quote.finalized",
      "quote.canceled",
    ]);
  });

  it("that nobody accepts in time is canceled; a copy of it is a draft again", async () => {
    const { stripe, customer, once, control } = await givenPrices();
    const { id } = await stripe.quotes.create({ customer, line_items: [{ price: once, quantity: 1 }] });
    await stripe.quotes.finalizeQuote(id, { expires_at: NOW + DAY });
    await control("clock", { advance: DAY });
    expect((await stripe.quotes.retrieve(id)).status).toBe("canceled");
    const copy = await stripe.quotes.create({ from_quote: { quote: id } });
    expect(copy).toMatchObject({ status: "draft", customer, amount_total: 5000, from_quote: { quote: id } });
  });

  it.each([
    ["customer", "customer=cus_no"],
    ["line_items[0][price]", "line_items[0][price]=price_no&line_items[0][quantity]=1"],
    ["expires_at", "expires_at=5"],
    ["from_quote[quote]", "from_quote[quote]=qt_no"],
  ])("the error for a wrong %s names it", async (param, body) => {
    const { emulator } = await givenPrices();
    const refused = await rawCall(emulator, "POST", "/v1/quotes", { body });
    expect([refused.status, Object(refused.body.error).param]).toEqual([400, param]);
  });
});
