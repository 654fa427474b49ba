import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import type { ClockFollower } from "../index.ts";
import { tries } from "./effort.ts";
import { errorOf, eventually, givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

const DAY = 24 * 60 * 60;
const NOW = Date.UTC(2030, 0, 15, 12) / 1000;
const LONG_AGO = Date.UTC(2020, 0, 1) / 1000;

/** A customer on a new test clock that stands at `frozen`, and a price of 15 dollars per `interval`. */
async function givenACustomerOnAClock(
  frozen: number,
  interval: "day" | "week" | "month" = "month",
  clockFollower?: ClockFollower,
) {
  const running = await givenAnEmulator({ now: () => NOW, ...(clockFollower && { clockFollower }) });
  const { stripe } = running;
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: frozen, name: "renewals" });
  const { id: customer } = await stripe.customers.create({ test_clock: clock.id });
  const method = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  const { id: price } = await stripe.prices.create({
    currency: "usd",
    unit_amount: 1500,
    recurring: { interval },
    product_data: { name: "Pro" },
  });
  return { ...running, clock: clock.id, customer, items: [{ price }] };
}

async function advance({ stripe }: RunningEmulator, clock: string, frozen_time: number) {
  const advancing = await stripe.testHelpers.testClocks.advance(clock, { frozen_time });
  await eventually("the clock is ready", async () => {
    const { status } = await stripe.testHelpers.testClocks.retrieve(clock);
    return status === "ready";
  });
  return advancing;
}

async function invoiceTimes({ stripe }: RunningEmulator, customer: string): Promise<number[]> {
  const { data } = await stripe.invoices.list({ customer, limit: 100 });
  return data.map(({ created }) => created).reverse();
}

const stackTime = async ({ control }: RunningEmulator) => Number((await control("clock")).body.now);

describe("given a test clock in the past", () => {
  it("what is created for its customers is created at the time of the clock, and says which clock it is", async () => {
    const running = await givenACustomerOnAClock(LONG_AGO);
    const { stripe, clock, customer, items } = running;
    const subscription = await stripe.subscriptions.create({ customer, items, expand: ["latest_invoice"] });
    const invoice: Partial<Stripe.Invoice> = Object(subscription.latest_invoice);
    expect(subscription).toMatchObject({ created: LONG_AGO, start_date: LONG_AGO, test_clock: clock });
    expect(invoice).toMatchObject({ created: LONG_AGO, test_clock: clock, status: "paid" });
    expect(subscription.items.data[0]?.current_period_end).toBe(Date.UTC(2020, 1, 1) / 1000);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ test_clock: clock, created: LONG_AGO });
    const other = await stripe.customers.create({});
    expect(other).toMatchObject({ test_clock: null, created: NOW });
  });

  it("it advances through every renewal, at its time, and the emulator's clock stays", async () => {
    const running = await givenACustomerOnAClock(LONG_AGO, "week");
    const { clock, customer, items, eventTypes } = running;
    await running.stripe.subscriptions.create({ customer, items });
    const advancing = await advance(running, clock, LONG_AGO + 14 * DAY);
    expect(advancing).toMatchObject({
      status: "advancing",
      frozen_time: LONG_AGO,
      status_details: { advancing: { target_frozen_time: LONG_AGO + 14 * DAY } },
    });
    expect(await invoiceTimes(running, customer)).toEqual([0, 7, 14].map((days) => LONG_AGO + days * DAY));
    expect(await stackTime(running)).toBe(NOW);
    const types = (await eventTypes()).filter((type) => /test_clock|invoice\.paid/.test(type));
    expect(types).toEqual([
      "test_helpers.test_clock.created",
      "invoice.paid",
      "test_helpers.test_clock.advancing",
      "invoice.paid",
      "invoice.paid",
      "test_helpers.test_clock.ready",
    ]);
  });

  it("moving the emulator's clock renews nothing of its customers", async () => {
    const running = await givenACustomerOnAClock(LONG_AGO);
    await running.stripe.subscriptions.create({ customer: running.customer, items: running.items });
    await running.control("clock", { advance: 100 * DAY });
    expect(await invoiceTimes(running, running.customer)).toEqual([LONG_AGO]);
  });
});

describe("given a subscription on a test clock", () => {
  it("its next invoice is announced once, three days before the period ends, unless the subscription ends then", async () => {
    const running = await givenACustomerOnAClock(LONG_AGO);
    const { stripe, clock, customer, items, eventTypes } = running;
    const { id } = await stripe.subscriptions.create({ customer, items });
    const announced = async () => (await eventTypes()).filter((type) => type === "invoice.upcoming").length;
    await advance(running, clock, LONG_AGO + 28 * DAY - 1);
    expect(await announced()).toBe(0);
    await advance(running, clock, LONG_AGO + 29 * DAY);
    expect(await announced()).toBe(1);
    await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await advance(running, clock, LONG_AGO + 32 * DAY);
    expect(await announced()).toBe(1);
  });
});

describe("given a test clock at the present time", () => {
  it("the emulator's clock follows, and what is due on either happens in the order of time", async () => {
    const shown: number[] = [];
    const follower: ClockFollower = {
      begin: () => [NOW + 3 * DAY],
      show: (offset) => void shown.push(offset / DAY),
      settle: async () => {},
      end: () => {},
    };
    const running = await givenACustomerOnAClock(NOW, "week", follower);
    const { stripe, clock, customer, items } = running;
    await stripe.subscriptions.create({ customer, items });
    const outside = await stripe.customers.create({ payment_method: "pm_card_visa" });
    const [method] = (await stripe.customers.listPaymentMethods(outside.id)).data;
    await stripe.subscriptions.create({
      customer: outside.id,
      items,
      trial_period_days: 5,
      default_payment_method: String(method?.id),
    });
    await advance(running, clock, NOW + 10 * DAY);
    expect(await stackTime(running)).toBe(NOW + 10 * DAY);
    expect(await invoiceTimes(running, customer)).toEqual([NOW, NOW + 7 * DAY]);
    expect(await invoiceTimes(running, outside.id)).toEqual([NOW, NOW + 5 * DAY]);
    expect([...new Set(shown)]).toEqual([0, 2, 3, 4, 5, 7, 9, 10]);
  });

  it("however it is advanced, there is one invoice for each period, at the time the period begins", async () => {
    const running = await givenACustomerOnAClock(NOW, "day");
    const { stripe } = running;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 2 * DAY }), { minLength: 1, maxLength: 4 }),
        async (steps) => {
          const { id: clock } = await stripe.testHelpers.testClocks.create({ frozen_time: NOW });
          const { id: customer } = await stripe.customers.create({ test_clock: clock });
          const method = await stripe.paymentMethods.attach("pm_card_visa", { customer });
          await stripe.subscriptions.create({
            customer,
            items: running.items,
            default_payment_method: method.id,
          });
          let frozen = NOW;
          for (const step of steps) {
            frozen += step;
            await advance(running, clock, frozen);
          }
          const days = Math.floor((frozen - NOW) / DAY);
          expect(await invoiceTimes(running, customer)).toEqual(
            Array.from({ length: days + 1 }, (_, day) => NOW + day * DAY),
          );
        },
      ),
      { numRuns: tries({ sample: 4, whole: 60 }) },
    );
  });

  it("is ready when a short advance returns, so that a script need not wait", async () => {
    const { stripe, clock } = await givenACustomerOnAClock(NOW);
    await stripe.testHelpers.testClocks.advance(clock, { frozen_time: NOW + DAY });
    const ready = await stripe.testHelpers.testClocks.retrieve(clock);
    expect(ready).toMatchObject({ status: "ready", frozen_time: NOW + DAY, status_details: {} });
  });
});

describe("given a test clock, Stripe's limits hold", () => {
  it.each([
    ["back", NOW - 1],
    ["to where it is", NOW],
    ["by more than two of the shortest intervals", NOW + 14 * DAY + 1],
  ])("it does not advance %s", async (_where, frozen_time) => {
    const { stripe, clock, customer, items } = await givenACustomerOnAClock(NOW, "week");
    await stripe.subscriptions.create({ customer, items });
    const error = await errorOf(stripe.testHelpers.testClocks.advance(clock, { frozen_time }));
    expect(error).toMatchObject({ statusCode: 400, param: "frozen_time" });
    expect(await stripe.testHelpers.testClocks.retrieve(clock)).toMatchObject({ frozen_time: NOW });
  });

  it("without a subscription it advances by two years at most", async () => {
    const running = await givenACustomerOnAClock(NOW);
    const { stripe, clock } = running;
    const twoYears = Date.UTC(2032, 0, 15, 12) / 1000;
    const error = await errorOf(stripe.testHelpers.testClocks.advance(clock, { frozen_time: twoYears + 1 }));
    expect(error.param).toBe("frozen_time");
    await advance(running, clock, twoYears);
  });

  it("a customer cannot get a second clock, and one that does not exist is named", async () => {
    const { stripe, customer } = await givenACustomerOnAClock(NOW);
    expect(await errorOf(stripe.testHelpers.testClocks.create({ frozen_time: NOW, customer }))).toMatchObject(
      { param: "customer" },
    );
    expect(await errorOf(stripe.customers.create({ test_clock: "clock_none" }))).toMatchObject({
      code: "resource_missing",
      param: "test_clock",
    });
  });
});

describe("given customers with and without a test clock", () => {
  it("lists have those of the clock that is asked for, and without one those of no clock", async () => {
    const { stripe, clock, customer, items } = await givenACustomerOnAClock(NOW);
    const subscription = await stripe.subscriptions.create({ customer, items });
    const other = await stripe.customers.create({});
    const ids = ({ data }: Stripe.ApiList<{ id: string }>) => data.map(({ id }) => id);
    expect(ids(await stripe.customers.list())).toEqual([other.id]);
    expect(ids(await stripe.customers.list({ test_clock: clock }))).toEqual([customer]);
    expect(ids(await stripe.subscriptions.list())).toEqual([]);
    expect(ids(await stripe.subscriptions.list({ test_clock: clock }))).toEqual([subscription.id]);
    expect(ids(await stripe.subscriptions.list({ customer }))).toEqual([subscription.id]);
  });

  it("deleting the clock deletes its customers and ends their subscriptions, and nothing else", async () => {
    const { stripe, clock, customer, items, eventTypes } = await givenACustomerOnAClock(NOW);
    const subscription = await stripe.subscriptions.create({ customer, items });
    const other = await stripe.customers.create({});
    expect(await stripe.testHelpers.testClocks.del(clock)).toMatchObject({ id: clock, deleted: true });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ deleted: true });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: "canceled" });
    expect(await stripe.customers.retrieve(other.id)).toMatchObject({ id: other.id });
    expect((await eventTypes()).slice(-3)).toEqual([
      "customer.subscription.deleted",
      "customer.deleted",
      "test_helpers.test_clock.deleted",
    ]);
    expect(await errorOf(stripe.testHelpers.testClocks.retrieve(clock))).toMatchObject({ statusCode: 404 });
  });
});
