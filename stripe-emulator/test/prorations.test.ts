import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { APRIL_1, DAY, givenAShop, linesOf, type Shop } from "./given-a-shop.ts";
import { errorOf } from "./running-emulator.ts";

/** A subscription of ten dollars a month, begun on 1 April, and the id of its item. */
async function givenASubscription(
  card = "pm_card_visa",
  given: Partial<Stripe.SubscriptionCreateParams> = {},
) {
  const shop = await givenAShop(card);
  const basic = await shop.price(1000);
  const { id, items } = await shop.stripe.subscriptions.create({
    customer: shop.customer,
    items: [{ price: basic }],
    ...given,
  });
  await shop.fresh();
  const item = String(items.data[0]?.id);
  return { ...shop, basic, id, item };
}

const latestInvoice = ({ stripe }: Pick<Shop, "stripe">, subscription: Stripe.Subscription) =>
  stripe.invoices.retrieve(String(subscription.latest_invoice));

describe("given an upgrade in the middle of the period", () => {
  it("the unused time is credited and the remaining time is debited with the next invoice", async () => {
    const shop = await givenASubscription();
    const { stripe, id, item, pass, fresh } = shop;
    await pass(15);
    const changed = await stripe.subscriptions.update(id, {
      items: [{ id: item, price: await shop.price(2000) }],
    });
    expect(changed.items.data).toMatchObject([
      { id: item, price: { unit_amount: 2000 }, current_period_end: APRIL_1 + 30 * DAY },
    ]);
    expect(await fresh()).toEqual([
      "product.created",
      "plan.created",
      "price.created",
      "invoiceitem.created",
      "invoiceitem.created",
      "customer.subscription.updated",
    ]);
    await pass(15);
    const invoice = await latestInvoice(shop, await stripe.subscriptions.retrieve(id));
    expect(linesOf(invoice)).toEqual([
      [-500, "Unused time on Plan 1000 after 16 Apr 2030"],
      [1000, "Remaining time on Plan 2000 after 16 Apr 2030"],
      [2000, "1 × Plan 2000 (at $20.00 / month)"],
    ]);
    expect(invoice).toMatchObject({ total: 2500, amount_paid: 2500, billing_reason: "subscription_cycle" });
  });

  it("always_invoice charges it at once", async () => {
    const shop = await givenASubscription();
    const { stripe, id, item, pass, fresh } = shop;
    await pass(15);
    const price = await shop.price(2000);
    await fresh();
    const changed = await stripe.subscriptions.update(id, {
      items: [{ id: item, price }],
      proration_behavior: "always_invoice",
    });
    const invoice = await latestInvoice(shop, changed);
    expect(invoice).toMatchObject({
      billing_reason: "subscription_update",
      status: "paid",
      amount_paid: 500,
    });
    expect(await fresh()).toEqual([
      "invoiceitem.created",
      "invoiceitem.created",
      "customer.subscription.updated",
      "invoice.created",
      "invoice.finalized",
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
      "invoice.updated",
      "invoice.paid",
      "invoice.payment_succeeded",
      "invoice_payment.paid",
    ]);
  });

  it("none charges nothing until the next period", async () => {
    const shop = await givenASubscription();
    const { stripe, id, item, pass } = shop;
    await pass(15);
    await stripe.subscriptions.update(id, { items: [{ id: item, quantity: 3 }], proration_behavior: "none" });
    await pass(15);
    const invoice = await latestInvoice(shop, await stripe.subscriptions.retrieve(id));
    expect(linesOf(invoice)).toEqual([[3000, "3 × Plan 1000 (at $10.00 / month)"]]);
  });

  it("the credit is for what was billed, whatever the item costs by then", async () => {
    const shop = await givenASubscription();
    const { stripe, id, item, pass } = shop;
    await stripe.subscriptions.update(id, { items: [{ id: item, quantity: 5 }], proration_behavior: "none" });
    await pass(15);
    await stripe.subscriptions.update(id, { items: [{ id: item, quantity: 2 }] });
    const { data } = await stripe.invoiceItems.list({ customer: shop.customer });
    expect(data.map(({ amount }) => amount)).toEqual([1000, -500]);
  });
});

describe("given a proration date", () => {
  it("it counts instead of the time of the request, and must lie in the period", async () => {
    const { stripe, id, item, pass } = await givenASubscription();
    await pass(20);
    await stripe.subscriptions.update(id, {
      items: [{ id: item, quantity: 2 }],
      proration_date: APRIL_1 + 10 * DAY,
    });
    const { data } = await stripe.invoiceItems.list();
    expect(data.map(({ amount, period }) => [amount, period.start])).toEqual([
      [1333, APRIL_1 + 10 * DAY],
      [-667, APRIL_1 + 10 * DAY],
    ]);
    const late = stripe.subscriptions.update(id, {
      items: [{ id: item, quantity: 3 }],
      proration_date: APRIL_1 - 1,
    });
    expect((await errorOf(late)).param).toBe("proration_date");
  });
});

describe("given a change of the interval", () => {
  it("a new period begins, the rest of the old one is credited and the new one is charged at once", async () => {
    const shop = await givenASubscription();
    const { stripe, id, item, pass } = shop;
    await pass(15);
    const price = await shop.price(10_000, { recurring: { interval: "year" } });
    const changed = await stripe.subscriptions.update(id, { items: [{ id: item, price }] });
    const now = APRIL_1 + 15 * DAY;
    expect(changed).toMatchObject({
      billing_cycle_anchor: now,
      items: { data: [{ current_period_start: now }] },
    });
    expect(await latestInvoice(shop, changed)).toMatchObject({ amount_paid: 9500, status: "paid" });
  });
});

describe("given a free price", () => {
  it("from free to paid a new period begins", async () => {
    const shop = await givenAShop("pm_card_visa");
    const { stripe, customer, pass } = shop;
    const free = await stripe.subscriptions.create({ customer, items: [{ price: await shop.price(0) }] });
    await pass(10);
    const item = String(free.items.data[0]?.id);
    const paid = await stripe.subscriptions.update(free.id, {
      items: [{ id: item, price: await shop.price(3000) }],
    });
    expect(paid.billing_cycle_anchor).toBe(APRIL_1 + 10 * DAY);
    expect(await latestInvoice(shop, paid)).toMatchObject({ amount_paid: 3000 });
  });
});

describe("given a downgrade that is invoiced at once", () => {
  it("the credit goes to the customer's balance and pays the next invoice", async () => {
    const shop = await givenASubscription("pm_card_visa");
    const { stripe, id, item, customer, pass } = shop;
    await pass(15);
    const changed = await stripe.subscriptions.update(id, {
      items: [{ id: item, price: await shop.price(400) }],
      proration_behavior: "always_invoice",
    });
    expect(await latestInvoice(shop, changed)).toMatchObject({
      status: "paid",
      total: -300,
      amount_due: 0,
      ending_balance: -300,
    });
    expect((await stripe.customers.retrieve(customer)) as Stripe.Customer).toMatchObject({ balance: -300 });
    await pass(15);
    const renewed = await latestInvoice(shop, await stripe.subscriptions.retrieve(id));
    expect(renewed).toMatchObject({ total: 400, starting_balance: -300, amount_due: 100, amount_paid: 100 });
  });
});

describe("given a card that is declined", () => {
  const upgrade = async (shop: Awaited<ReturnType<typeof givenASubscription>>, payment_behavior: string) => {
    const { stripe, id, item, customer, pass } = shop;
    await pass(15);
    const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
    const price = await shop.price(2000);
    await shop.fresh();
    return stripe.subscriptions.update(id, {
      items: [{ id: item, price }],
      proration_behavior: "always_invoice",
      payment_behavior,
    });
  };

  it("the subscription is past due with allow_incomplete", async () => {
    expect(await upgrade(await givenASubscription(), "allow_incomplete")).toMatchObject({
      status: "past_due",
    });
  });

  it("nothing changes with error_if_incomplete", async () => {
    const shop = await givenASubscription();
    const before = await shop.stripe.subscriptions.retrieve(shop.id);
    expect(await errorOf(upgrade(shop, "error_if_incomplete"))).toMatchObject({ statusCode: 402 });
    expect(await shop.stripe.subscriptions.retrieve(shop.id)).toEqual(before);
    expect(await shop.fresh()).toEqual([]);
    expect((await shop.stripe.invoiceItems.list()).data).toEqual([]);
  });

  it("the change waits for the payment with pending_if_incomplete", async () => {
    const shop = await givenASubscription();
    const { stripe, id } = shop;
    const pending = await upgrade(shop, "pending_if_incomplete");
    expect(pending).toMatchObject({
      status: "active",
      items: { data: [{ price: { unit_amount: 1000 } }] },
      pending_update: { subscription_items: [{ price: { unit_amount: 2000 } }] },
    });
    await stripe.invoices.pay(String(pending.latest_invoice), { payment_method: "pm_card_visa" });
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
      pending_update: null,
      items: { data: [{ price: { unit_amount: 2000 } }] },
    });
    expect(await shop.fresh()).toContain("customer.subscription.pending_update_applied");
  });

  it("a pending change that is not paid for expires after 23 hours", async () => {
    const shop = await givenASubscription();
    const pending = await upgrade(shop, "pending_if_incomplete");
    await shop.fresh();
    await shop.pass(1);
    expect(await shop.fresh()).toContain("customer.subscription.pending_update_expired");
    expect(await latestInvoice(shop, pending)).toMatchObject({ status: "void" });
    expect(await shop.stripe.subscriptions.retrieve(shop.id)).toMatchObject({ pending_update: null });
  });
});

describe("given an item that is removed or added", () => {
  it("only that item is prorated", async () => {
    const shop = await givenASubscription();
    const { stripe, id, item, pass } = shop;
    const seats = await shop.price(600);
    await pass(10);
    const added = await stripe.subscriptionItems.create({ subscription: id, price: seats, quantity: 2 });
    expect((await stripe.invoiceItems.list()).data.map(({ amount }) => amount)).toEqual([800]);
    await pass(10);
    await stripe.subscriptionItems.del(added.id);
    expect((await stripe.invoiceItems.list()).data.map(({ amount }) => amount)).toEqual([-400, 800]);
    expect((await errorOf(stripe.subscriptionItems.del(item))).param).toBe("items");
    expect((await errorOf(stripe.subscriptionItems.update(item, { price: "price_none" }))).param).toBe(
      "price",
    );
  });
});

describe("given a date of cancellation within the period", () => {
  it("the time after it is credited, and debited again when it is taken back", async () => {
    const { stripe, id, pass } = await givenASubscription();
    const cancel_at = APRIL_1 + 15 * DAY;
    const scheduled = await stripe.subscriptions.update(id, { cancel_at });
    expect(scheduled).toMatchObject({ cancel_at, items: { data: [{ current_period_end: cancel_at }] } });
    await stripe.subscriptions.update(id, { cancel_at: "" });
    expect((await stripe.invoiceItems.list()).data.map(({ amount }) => amount)).toEqual([500, -500]);
    await stripe.subscriptions.update(id, { cancel_at });
    await pass(15);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe("canceled");
  });

  it("canceling now with prorate and invoice_now credits the rest of the period", async () => {
    const { stripe, id, customer, pass } = await givenASubscription();
    await pass(15);
    await stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -500 });
  });
});
