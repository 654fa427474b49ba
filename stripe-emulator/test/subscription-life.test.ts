/** Trials, pauses, cancellations and terms of subscriptions. */
import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { APRIL_1, DAY, givenAShop } from "./given-a-shop.ts";
import { errorOf } from "./running-emulator.ts";

async function givenASubscription(given: Partial<Stripe.SubscriptionCreateParams> = {}, card?: string) {
  const shop = await givenAShop(card);
  const price = await shop.price(1000);
  await shop.fresh();
  const { id } = await shop.stripe.subscriptions.create({
    customer: shop.customer,
    items: [{ price }],
    ...given,
  });
  const current = () => shop.stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
  return { ...shop, price, id, current };
}

describe("given a trial without a payment method", () => {
  const trialThat = (missing: "cancel" | "create_invoice" | "pause") =>
    givenASubscription({
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: missing } },
    });

  it("cancel ends the subscription with the trial", async () => {
    const { current, pass, fresh } = await trialThat("cancel");
    await fresh();
    await pass(14);
    expect(await current()).toMatchObject({ status: "canceled" });
    expect(await fresh()).toEqual([
      "customer.subscription.trial_will_end",
      "invoice.upcoming",
      "customer.subscription.deleted",
    ]);
  });

  it("pause stops it until it is resumed and paid", async () => {
    const { stripe, id, current, pass, fresh, customer } = await trialThat("pause");
    await pass(20);
    expect(await current()).toMatchObject({ status: "paused" });
    expect(await fresh()).toContain("customer.subscription.paused");
    expect((await stripe.subscriptions.list({ status: "paused" })).data).toMatchObject([{ id }]);
    const waiting = await stripe.subscriptions.resume(id);
    expect(waiting.status).toBe("paused");
    await fresh();
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    await stripe.invoices.pay(String(waiting.latest_invoice), { payment_method: card.id });
    expect(await current()).toMatchObject({
      status: "active",
      billing_cycle_anchor: APRIL_1 + 20 * DAY,
      latest_invoice: { amount_paid: 1000 },
    });
    expect((await fresh()).slice(-2)).toEqual([
      "customer.subscription.updated",
      "customer.subscription.resumed",
    ]);
    expect(await errorOf(stripe.subscriptions.resume(id))).toMatchObject({ statusCode: 400 });
  });

  it("a setup intent waits to save one, and its success pays the subscription from then on", async () => {
    const { stripe, current, pass } = await trialThat("pause");
    const { pending_setup_intent: pending } = await current();
    const { customer } = await stripe.setupIntents.retrieve(String(pending));
    expect(customer).toBe((await current()).customer);
    await stripe.setupIntents.confirm(String(pending), {
      payment_method: "pm_card_visa",
      return_url: "https://shop.example/",
    });
    expect(await current()).toMatchObject({
      pending_setup_intent: null,
      default_payment_method: expect.stringMatching(/^pm_/),
    });
    await pass(14);
    expect(await current()).toMatchObject({ status: "active", latest_invoice: { amount_paid: 1000 } });
  });
});

describe("given a trial", () => {
  it("of one day, its end is announced at once", async () => {
    const { fresh, pass } = await givenASubscription({ trial_period_days: 1 }, "pm_card_visa");
    expect(await fresh()).toContain("customer.subscription.trial_will_end");
    await pass(1);
    expect(await fresh()).not.toContain("customer.subscription.trial_will_end");
  });

  it("it can be ended now, moved and begun again", async () => {
    const { stripe, id, current, pass } = await givenASubscription({ trial_period_days: 14 }, "pm_card_visa");
    const moved = await stripe.subscriptions.update(id, { trial_end: APRIL_1 + 20 * DAY });
    expect(moved).toMatchObject({
      status: "trialing",
      items: { data: [{ current_period_end: APRIL_1 + 20 * DAY }] },
    });
    await pass(5);
    await stripe.subscriptions.update(id, { trial_end: "now" });
    expect(await current()).toMatchObject({
      status: "active",
      trial_end: APRIL_1 + 5 * DAY,
      billing_cycle_anchor: APRIL_1 + 5 * DAY,
      latest_invoice: { amount_paid: 1000, billing_reason: "subscription_update" },
    });
    await pass(15);
    await stripe.subscriptions.update(id, { trial_end: APRIL_1 + 40 * DAY });
    expect(await current()).toMatchObject({ status: "trialing", latest_invoice: { total: -500 } });
    expect((await errorOf(stripe.subscriptions.update(id, { trial_end: APRIL_1 }))).param).toBe("trial_end");
  });
});

describe("given a paused collection", () => {
  it.each<["keep_as_draft" | "mark_uncollectible" | "void", string]>([
    ["void", "void"],
    ["mark_uncollectible", "uncollectible"],
    ["keep_as_draft", "draft"],
  ])("%s makes the invoice of a renewal %s", async (behavior, status) => {
    const { stripe, id, current, pass, fresh } = await givenASubscription({}, "pm_card_visa");
    await stripe.subscriptions.update(id, { pause_collection: { behavior, resumes_at: APRIL_1 + 40 * DAY } });
    await pass(30);
    expect(await current()).toMatchObject({ status: "active", latest_invoice: { status, amount_paid: 0 } });
    await fresh();
    await pass(10);
    expect(await fresh()).toEqual(["customer.subscription.updated"]);
    await pass(21);
    expect(await current()).toMatchObject({ pause_collection: null, latest_invoice: { amount_paid: 1000 } });
  });
});

describe("given a subscription that is sent invoices", () => {
  it("it is active at once, and past due when an invoice is not paid in time", async () => {
    const { stripe, current, pass, fresh } = await givenASubscription({
      collection_method: "send_invoice",
      days_until_due: 7,
    });
    expect(await fresh()).toContain("invoice.sent");
    const first = await current();
    expect(first).toMatchObject({
      status: "active",
      latest_invoice: { status: "open", due_date: APRIL_1 + 7 * DAY },
    });
    await pass(7);
    expect(await current()).toMatchObject({ status: "past_due" });
    const invoice = first.latest_invoice;
    await stripe.invoices.pay(typeof invoice === "object" ? String(invoice?.id) : "", {
      paid_out_of_band: true,
    });
    expect(await current()).toMatchObject({ status: "active" });
  });

  it("it needs days_until_due", async () => {
    const refused = givenASubscription({ collection_method: "send_invoice" });
    expect((await errorOf(refused)).param).toBe("days_until_due");
  });
});

describe("given a billing cycle anchor", () => {
  it("in the future, the first period ends there and costs its share", async () => {
    const anchor = APRIL_1 + 10 * DAY;
    const { current, pass } = await givenASubscription({ billing_cycle_anchor: anchor }, "pm_card_visa");
    // The whole period would be that of 31 days from 11 March.
    expect(await current()).toMatchObject({
      items: { data: [{ current_period_end: anchor }] },
      latest_invoice: { amount_paid: 323 },
    });
    await pass(10);
    expect(await current()).toMatchObject({ latest_invoice: { amount_paid: 1000 } });
  });

  it("the last day of a month stays it", async () => {
    const { stripe, customer, price, control } = await givenAShop("pm_card_visa");
    await control("clock", { advance: 60 * DAY });
    const items = [{ price: await price(1000) }];
    const { id } = await stripe.subscriptions.create({ customer, items });
    const ends = [];
    for (let month = 0; month < 3; month += 1) {
      const [item] = (await stripe.subscriptions.retrieve(id)).items.data;
      ends.push(new Date((item?.current_period_end ?? 0) * 1000).toISOString().slice(5, 10));
      await control("clock", { advance: 31 * DAY });
    }
    expect(ends).toEqual(["06-30", "07-31", "08-31"]);
  });

  it("a start in the past is charged as well, unless prorations are off", async () => {
    const start = APRIL_1 - 31 * DAY;
    const { current } = await givenASubscription({ backdate_start_date: start }, "pm_card_visa");
    expect(await current()).toMatchObject({ start_date: start, latest_invoice: { amount_paid: 2000 } });
    const free = await givenASubscription(
      { backdate_start_date: start, proration_behavior: "none" },
      "pm_card_visa",
    );
    expect(await free.current()).toMatchObject({ latest_invoice: { amount_paid: 1000 } });
  });
});

describe("given an update", () => {
  it("its event has the old values of what changed, and of hashes only the keys that did", async () => {
    const { stripe, id } = await givenASubscription({ metadata: { a: "1", b: "2" } }, "pm_card_visa");
    const previous = async () => {
      const [event] = (await stripe.events.list({ type: "customer.subscription.updated" })).data;
      return event?.data.previous_attributes;
    };
    await stripe.subscriptions.update(id, { metadata: { a: "3", c: "4" }, description: "Pro" });
    expect(await previous()).toEqual({ description: null, metadata: { a: "1", c: null } });
    const [item] = (await stripe.subscriptions.retrieve(id)).items.data;
    await stripe.subscriptions.update(id, { items: [{ id: String(item?.id), quantity: 2 }] });
    expect(await previous()).toEqual({ items: { data: [expect.objectContaining({ quantity: 1 })] } });
  });

  it("an ended subscription takes metadata only, and ended ones can be listed", async () => {
    const { stripe, id } = await givenASubscription({}, "pm_card_visa");
    await stripe.subscriptions.cancel(id, { cancellation_details: { feedback: "unused", comment: "Bye" } });
    expect(await stripe.subscriptions.update(id, { metadata: { a: "1" } })).toMatchObject({
      metadata: { a: "1" },
    });
    expect(await errorOf(stripe.subscriptions.update(id, { description: "x" }))).toMatchObject({
      statusCode: 400,
    });
    expect((await stripe.subscriptions.list({ status: "ended" })).data).toMatchObject([{ id }]);
    expect(
      (await stripe.subscriptions.search({ query: 'status:"canceled" AND metadata["a"]:"1"' })).data,
    ).toHaveLength(1);
  });

  it("a declined first payment leaves nothing behind with error_if_incomplete", async () => {
    const { stripe, customer, price, fresh } = await givenAShop("pm_card_chargeCustomerFail");
    const items = [{ price: await price(1000) }];
    await fresh();
    const refused = stripe.subscriptions.create({ customer, items, payment_behavior: "error_if_incomplete" });
    expect(await errorOf(refused)).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect((await stripe.subscriptions.list({ status: "all" })).data).toEqual([]);
    expect(await fresh()).toEqual([]);
  });
});
