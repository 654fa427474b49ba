import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { errorOf, givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

const DAY = 24 * 60 * 60;
const JANUARY_31 = Date.UTC(2030, 0, 31, 12) / 1000;

/** An emulator with a customer and a price of 15 dollars a month. `fresh` returns the types of the events since its last call. */
async function givenAPrice(card?: string, now = () => JANUARY_31) {
  const running = await givenAnEmulator({ now });
  const { stripe } = running;
  const customer = await stripe.customers.create({ email: "ada@shop.example" });
  const price = await stripe.prices.create({
    currency: "usd",
    unit_amount: 1500,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
  });
  if (card !== undefined) {
    const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  }
  const fresh = freshEvents(running);
  await fresh();
  const items = [{ price: price.id }];
  /** A subscription whose first payment the customer is to make, with that payment's secret and intent. */
  const createIncomplete = () =>
    stripe.subscriptions.create({
      customer: customer.id,
      items,
      payment_behavior: "default_incomplete",
      payment_settings: { save_default_payment_method: "on_subscription" },
      expand: ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
    });
  return { ...running, customer: customer.id, items, fresh, createIncomplete };
}

function freshEvents({ eventTypes }: RunningEmulator): () => Promise<string[]> {
  let seen = 0;
  return async () => {
    const types = await eventTypes();
    const news = types.slice(seen);
    seen = types.length;
    return news;
  };
}

const intentIdOf = (subscription: Stripe.Subscription): string => {
  const invoice = subscription.latest_invoice;
  const payment =
    typeof invoice === "object" ? invoice?.payments?.data[0]?.payment.payment_intent : undefined;
  return String(payment);
};

const FIRST_INVOICE = [
  "customer.subscription.created",
  "invoice.created",
  "invoice.finalized",
  "payment_intent.created",
];
const PAID = [
  "charge.succeeded",
  "payment_intent.succeeded",
  "invoice.updated",
  "invoice.paid",
  "invoice.payment_succeeded",
  "invoice_payment.paid",
];

describe("given payment_behavior default_incomplete", () => {
  it("the subscription waits for its first payment, then is active", async () => {
    const { stripe, customer, createIncomplete, pay, fresh } = await givenAPrice();
    const subscription = await createIncomplete();
    expect(subscription).toMatchObject({
      status: "incomplete",
      customer,
      latest_invoice: {
        status: "open",
        amount_due: 1500,
        confirmation_secret: {
          type: "payment_intent",
          client_secret: expect.stringMatching(/^pi_\w+_secret_/),
        },
        parent: { type: "subscription_details", subscription_details: { subscription: subscription.id } },
      },
    });
    expect(await fresh()).toEqual(FIRST_INVOICE);

    await pay(intentIdOf(subscription), "4242424242424242");
    expect(await fresh()).toEqual(["payment_method.attached", ...PAID, "customer.subscription.updated"]);
    const active = await stripe.subscriptions.retrieve(subscription.id, {
      expand: ["latest_invoice", "default_payment_method"],
    });
    expect(active).toMatchObject({
      status: "active",
      latest_invoice: { status: "paid", amount_paid: 1500, amount_remaining: 0 },
      default_payment_method: { card: { last4: "4242" } },
    });
    const [updated] = (await stripe.events.list({ type: "customer.subscription.updated" })).data;
    expect(updated?.data.previous_attributes).toMatchObject({ status: "incomplete" });
  });

  it("a declined payment leaves it incomplete", async () => {
    const { stripe, createIncomplete, pay, fresh } = await givenAPrice();
    const subscription = await createIncomplete();
    await fresh();
    await pay(intentIdOf(subscription), "4000000000000002");
    expect(await fresh()).toEqual([
      "charge.failed",
      "payment_intent.payment_failed",
      "invoice.updated",
      "invoice.payment_failed",
    ]);
    await pay(intentIdOf(subscription), "4000000000003220");
    expect(await fresh()).toEqual(["payment_intent.requires_action", "invoice.payment_action_required"]);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe("incomplete");
  });

  it("after 23 hours it is expired and its invoice is void", async () => {
    const { stripe, createIncomplete, control, fresh } = await givenAPrice();
    const subscription = await createIncomplete();
    await fresh();
    await control("clock", { advance: DAY });
    expect(await fresh()).toEqual([
      "payment_intent.canceled",
      "invoice.updated",
      "invoice.voided",
      "customer.subscription.updated",
    ]);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe("incomplete_expired");
  });
});

describe("given a default payment method", () => {
  it("no time before the start is billed, though each look at the clock is a second later", async () => {
    let second = JANUARY_31;
    const { stripe, customer, items } = await givenAPrice("pm_card_visa", () => second++);
    const subscription = await stripe.subscriptions.create({
      customer,
      items,
      expand: ["latest_invoice"],
    });
    expect(subscription.latest_invoice).toMatchObject({ lines: { data: [{ amount: 1500 }] } });
  });

  it("the subscription is active at once, and its item has a period of a calendar month", async () => {
    const { stripe, customer, items, fresh } = await givenAPrice("pm_card_visa");
    const subscription = await stripe.subscriptions.create({ customer, items });
    expect(subscription.status).toBe("active");
    const [item] = subscription.items.data;
    expect(item?.current_period_start).toBe(JANUARY_31);
    expect(new Date((item?.current_period_end ?? 0) * 1000).toISOString()).toBe("2030-02-28T12:00:00.000Z");
    expect(subscription).not.toHaveProperty("current_period_end");
    expect(await fresh()).toEqual([...FIRST_INVOICE, ...PAID, "customer.subscription.updated"]);
  });

  it("a declined card leaves the subscription incomplete", async () => {
    const { stripe, customer, items } = await givenAPrice("pm_card_chargeCustomerFail");
    expect((await stripe.subscriptions.create({ customer, items })).status).toBe("incomplete");
  });

  it("each period that passes is invoiced and collected", async () => {
    const { stripe, customer, items, control } = await givenAPrice("pm_card_visa");
    const { id } = await stripe.subscriptions.create({ customer, items });
    await control("clock", { advance: 65 * DAY });
    const invoices = await stripe.invoices.list({ subscription: id });
    expect(invoices.data.map(({ status, billing_reason: reason }) => [status, reason])).toEqual([
      ["paid", "subscription_cycle"],
      ["paid", "subscription_cycle"],
      ["paid", "subscription_create"],
    ]);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe("active");
  });

  it("cancel_at_period_end ends it at the end of the period", async () => {
    const { stripe, customer, items, control, fresh } = await givenAPrice("pm_card_visa");
    const { id } = await stripe.subscriptions.create({ customer, items });
    const updated = await stripe.subscriptions.update(id, {
      cancel_at_period_end: true,
      metadata: { plan: "pro" },
    });
    expect(updated).toMatchObject({
      status: "active",
      cancel_at_period_end: true,
      metadata: { plan: "pro" },
    });
    await fresh();
    await control("clock", { advance: 29 * DAY });
    expect(await fresh()).toEqual(["customer.subscription.deleted"]);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe("canceled");
  });
});

describe("given a trial", () => {
  it("nothing is due until it ends", async () => {
    const { stripe, customer, items, fresh, control } = await givenAPrice("pm_card_visa");
    const subscription = await stripe.subscriptions.create({
      customer,
      items,
      trial_period_days: 14,
      expand: ["latest_invoice"],
    });
    expect(subscription).toMatchObject({
      status: "trialing",
      trial_start: JANUARY_31,
      trial_end: JANUARY_31 + 14 * DAY,
      latest_invoice: { status: "paid", amount_due: 0 },
    });
    expect(subscription.items.data[0]?.current_period_end).toBe(JANUARY_31 + 14 * DAY);
    expect(await fresh()).toEqual([
      "customer.subscription.created",
      "invoice.created",
      "invoice.finalized",
      "invoice.paid",
      "invoice.payment_succeeded",
    ]);
    await control("clock", { advance: 10 * DAY });
    expect(await fresh()).toEqual([]);
    await control("clock", { advance: 1 * DAY });
    expect(await fresh()).toEqual(["customer.subscription.trial_will_end", "invoice.upcoming"]);
    await control("clock", { advance: 4 * DAY });
    expect(await fresh()).not.toContain("customer.subscription.trial_will_end");
    expect(
      await stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] }),
    ).toMatchObject({
      status: "active",
      latest_invoice: { status: "paid", amount_paid: 1500 },
    });
  });

  it("without a payment method it is past due afterwards, until its invoice is paid", async () => {
    const { stripe, customer, items, control } = await givenAPrice();
    const { id } = await stripe.subscriptions.create({ customer, items, trial_period_days: 1 });
    await control("clock", { advance: 2 * DAY });
    const late = await stripe.subscriptions.retrieve(id);
    expect(late.status).toBe("past_due");
    const paid = await stripe.invoices.pay(String(late.latest_invoice), { payment_method: "pm_card_visa" });
    expect(paid.status).toBe("paid");
    expect((await stripe.subscriptions.retrieve(id)).status).toBe("active");
    await expect(stripe.invoices.pay(paid.id)).rejects.toMatchObject({ code: "invoice_already_paid" });
  });
});

describe("given an open invoice", () => {
  it("it can be changed, marked as uncollectible, and still be paid", async () => {
    const { stripe, customer, items, fresh } = await givenAPrice();
    const { latest_invoice: latest } = await stripe.subscriptions.create({
      customer,
      items,
      payment_behavior: "default_incomplete",
    });
    const invoice = String(latest);
    await fresh();
    await stripe.invoices.update(invoice, { metadata: { order: "7" }, description: "Pro" });
    expect(await fresh()).toEqual(["invoice.updated"]);
    expect(await stripe.invoices.markUncollectible(invoice)).toMatchObject({
      status: "uncollectible",
      description: "Pro",
      metadata: { order: "7" },
      status_transitions: { marked_uncollectible_at: JANUARY_31 },
    });
    expect(await fresh()).toEqual(["invoice.updated", "invoice.marked_uncollectible"]);
    await expect(stripe.invoices.markUncollectible(invoice)).rejects.toMatchObject({
      code: "invoice_not_editable",
    });
    expect((await stripe.invoices.pay(invoice, { payment_method: "pm_card_visa" })).status).toBe("paid");
    const { data } = await stripe.events.list({ type: "invoice.updated" });
    expect(data.map((event) => event.data.previous_attributes)).toMatchObject([
      { status: "uncollectible" },
      { status: "open" },
      { description: null, metadata: {} },
    ]);
  });

  it("its payment is found by the payment intent and by the invoice", async () => {
    const { stripe, customer, items } = await givenAPrice("pm_card_visa");
    const first = await stripe.subscriptions.create({ customer, items });
    await stripe.subscriptions.create({ customer, items });
    const byInvoice = await stripe.invoicePayments.list({ invoice: String(first.latest_invoice) });
    expect(byInvoice.data).toMatchObject([{ status: "paid", amount_paid: 1500 }]);
    const intent = String(byInvoice.data[0]?.payment.payment_intent);
    const byIntent = await stripe.invoicePayments.list({
      payment: { type: "payment_intent", payment_intent: intent },
    });
    expect(byIntent.data).toEqual(byInvoice.data);
  });
});

describe("given a wrong request for a subscription", () => {
  it("the error names the parameter", async () => {
    const { stripe, customer, items } = await givenAPrice();
    const once = await stripe.prices.create({
      currency: "usd",
      unit_amount: 100,
      product_data: { name: "Once" },
    });
    const param = async (params: Stripe.SubscriptionCreateParams) =>
      (await errorOf(stripe.subscriptions.create(params))).param;
    expect(await param({ customer, items: [{ price: "price_none" }] })).toBe("items[0][price]");
    expect(await param({ customer, items: [{ price: once.id }] })).toBe("items[0][price]");
    expect(await param({ customer })).toBe("items");
    expect(await param({ customer: "cus_none", items })).toBe("customer");
    expect(await param({ customer, items, trial_period_days: 731 })).toBe("trial_period_days");
    expect((await errorOf(stripe.subscriptions.create({ customer, items }))).message).toContain(
      "no attached payment source",
    );
  });
});

describe("given an active subscription", () => {
  it("canceling ends it, and only a list with its status has it", async () => {
    const { stripe, customer, items, fresh } = await givenAPrice("pm_card_visa");
    const { id } = await stripe.subscriptions.create({ customer, items });
    await fresh();
    expect(await stripe.subscriptions.cancel(id)).toMatchObject({
      status: "canceled",
      cancellation_details: { reason: "cancellation_requested" },
    });
    expect(await fresh()).toEqual(["customer.subscription.deleted"]);
    expect((await stripe.subscriptions.list({ customer })).data).toEqual([]);
    expect((await stripe.subscriptions.list({ customer, status: "all" })).data).toHaveLength(1);
    expect(await errorOf(stripe.subscriptions.cancel(id))).toMatchObject({ statusCode: 404 });
  });
});
