import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { tries } from "./effort.ts";
import { errorOf, givenAnEmulator, type RunningEmulator, rawCall } from "./running-emulator.ts";

const DAY = 24 * 60 * 60;
const NOW = Date.UTC(2030, 0, 1, 12) / 1000;
const FEBRUARY = Date.UTC(2030, 1, 1, 12) / 1000;
const MARCH = Date.UTC(2030, 2, 1, 12) / 1000;

/** An emulator with a customer who has a card, and prices of 10 and 25 dollars a month. */
async function givenPrices() {
  const running = await givenAnEmulator({ now: () => NOW });
  const { stripe } = running;
  const { id: customer } = await stripe.customers.create({ payment_method: "pm_card_visa" });
  const [method] = (await stripe.customers.listPaymentMethods(customer)).data;
  await stripe.customers.update(customer, {
    invoice_settings: { default_payment_method: String(method?.id) },
  });
  const price = async (unit_amount: number) => {
    const made = await stripe.prices.create({
      currency: "usd",
      unit_amount,
      recurring: { interval: "month" },
      product_data: { name: "Pro" },
    });
    return made.id;
  };
  return { ...running, customer, basic: await price(1000), pro: await price(2500) };
}

const month = { interval: "month" } as const;

async function scheduleEvents({ eventTypes }: RunningEmulator): Promise<string[]> {
  return (await eventTypes()).filter((type) => type.startsWith("subscription_schedule."));
}

const itemsOf = ({ items }: Stripe.Subscription) =>
  items.data.map(({ price, quantity }) => [price.id, quantity]);

async function paidAmounts(
  { stripe }: Pick<RunningEmulator, "stripe">,
  subscription: string,
): Promise<number[]> {
  const { data } = await stripe.invoices.list({ subscription, limit: 100 });
  return data.map(({ amount_paid: paid }) => paid).reverse();
}

describe("given a schedule of two phases that begins now", () => {
  async function givenTwoPhases(end: "cancel" | "release") {
    const running = await givenPrices();
    const schedule = await running.stripe.subscriptionSchedules.create({
      customer: running.customer,
      start_date: "now",
      end_behavior: end,
      phases: [
        { items: [{ price: running.basic, quantity: 2 }], duration: month },
        { items: [{ price: running.pro }], duration: month, metadata: { tier: "pro" } },
      ],
    });
    return { ...running, schedule, subscription: String(schedule.subscription) };
  }

  it("its subscription is that of the first phase, and each phase is invoiced at its price", async () => {
    const running = await givenTwoPhases("release");
    const { stripe, schedule, subscription, control, basic, pro } = running;
    expect(schedule).toMatchObject({
      status: "active",
      current_phase: { start_date: NOW, end_date: FEBRUARY },
      phases: [{ end_date: FEBRUARY }, { start_date: FEBRUARY, end_date: MARCH }],
    });
    const first = await stripe.subscriptions.retrieve(subscription);
    expect(first).toMatchObject({ status: "active", schedule: schedule.id });
    expect(itemsOf(first)).toEqual([[basic, 2]]);
    await control("clock", { advance: FEBRUARY - NOW });
    const second = await stripe.subscriptions.retrieve(subscription);
    expect(itemsOf(second)).toEqual([[pro, 1]]);
    expect(second.metadata).toEqual({ tier: "pro" });
    expect(await paidAmounts(running, subscription)).toEqual([2000, 2500]);
    expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).current_phase?.start_date).toBe(
      FEBRUARY,
    );
  });

  it("after the last phase it is completed, and lets the subscription go on", async () => {
    const running = await givenTwoPhases("release");
    const { stripe, schedule, subscription, control } = running;
    await control("clock", { advance: MARCH - NOW });
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({
      status: "completed",
      completed_at: MARCH,
      current_phase: null,
    });
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({
      status: "active",
      schedule: null,
    });
    expect(await paidAmounts(running, subscription)).toEqual([2000, 2500, 2500]);
    expect(await scheduleEvents(running)).toEqual([
      "subscription_schedule.created",
      "subscription_schedule.updated",
      "subscription_schedule.updated",
      "subscription_schedule.expiring",
      "subscription_schedule.completed",
    ]);
  });

  it("with end_behavior cancel, the subscription ends with the last phase, and is not renewed", async () => {
    const running = await givenTwoPhases("cancel");
    const { stripe, subscription, control } = running;
    await control("clock", { advance: MARCH - NOW });
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({
      status: "canceled",
      ended_at: MARCH,
    });
    expect(await paidAmounts(running, subscription)).toEqual([2000, 2500]);
    expect((await scheduleEvents(running)).at(-1)).toBe("subscription_schedule.completed");
  });

  it("released, it leaves the subscription as it is", async () => {
    const { stripe, schedule, subscription, control, basic } = await givenTwoPhases("cancel");
    const released = await stripe.subscriptionSchedules.release(schedule.id);
    expect(released).toMatchObject({
      status: "released",
      released_at: NOW,
      released_subscription: subscription,
      subscription: null,
    });
    await control("clock", { advance: MARCH - NOW });
    const kept = await stripe.subscriptions.retrieve(subscription);
    expect(kept).toMatchObject({ status: "active", schedule: null });
    expect(itemsOf(kept)).toEqual([[basic, 2]]);
  });

  it("it is canceled with its subscription, whichever of the two is canceled", async () => {
    const running = await givenTwoPhases("release");
    const { stripe, schedule, subscription } = running;
    await stripe.subscriptions.cancel(subscription);
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({ status: "canceled" });
    expect((await scheduleEvents(running)).at(-1)).toBe("subscription_schedule.canceled");
    expect(await errorOf(stripe.subscriptionSchedules.release(schedule.id))).toMatchObject({
      statusCode: 400,
    });
  });

  it("with new phases, the subscription changes at once, and the rest later", async () => {
    const { stripe, schedule, subscription, control, basic, pro } = await givenTwoPhases("release");
    const updated = await stripe.subscriptionSchedules.update(schedule.id, {
      proration_behavior: "none",
      metadata: { by: "support" },
      phases: [
        { items: [{ price: basic, quantity: 5 }], start_date: NOW, duration: month },
        { items: [{ price: basic }, { price: pro, quantity: 3 }], duration: month },
      ],
    });
    expect(updated.metadata).toEqual({ by: "support" });
    expect(itemsOf(await stripe.subscriptions.retrieve(subscription))).toEqual([[basic, 5]]);
    await control("clock", { advance: FEBRUARY - NOW });
    expect(itemsOf(await stripe.subscriptions.retrieve(subscription))).toEqual([
      [basic, 1],
      [pro, 3],
    ]);
    expect(
      await errorOf(
        stripe.subscriptionSchedules.update(schedule.id, { phases: [{ items: [{ price: basic }] }] }),
      ),
    ).toMatchObject({ param: "phases" });
  });
});

describe("given a phase that begins within a period", () => {
  it.each([
    ["phase_start", NOW + 10 * DAY],
    ["automatic", NOW],
  ] as const)("%s: the billing cycle begins where it should", async (anchor, begins) => {
    const { stripe, control, customer, basic, pro } = await givenPrices();
    const { subscription } = await stripe.subscriptionSchedules.create({
      customer,
      start_date: "now",
      phases: [
        { items: [{ price: basic }], duration: { interval: "day", interval_count: 10 } },
        { items: [{ price: pro }], duration: month, billing_cycle_anchor: anchor },
      ],
    });
    await control("clock", { advance: 10 * DAY });
    expect(await stripe.subscriptions.retrieve(String(subscription))).toMatchObject({
      billing_cycle_anchor: begins,
      items: { data: [{ price: { id: pro } }] },
    });
  });
});

describe("given a schedule that begins later", () => {
  it("there is no subscription until then; with a trial it begins trialing", async () => {
    const { stripe, customer, basic, control } = await givenPrices();
    const schedule = await stripe.subscriptionSchedules.create({
      customer,
      start_date: NOW + 10 * DAY,
      phases: [{ items: [{ price: basic }], duration: { interval: "week" }, trial: true }],
    });
    expect(schedule).toMatchObject({ status: "not_started", subscription: null, current_phase: null });
    expect((await stripe.subscriptions.list({ customer })).data).toEqual([]);
    await control("clock", { advance: 10 * DAY });
    const [subscription] = (await stripe.subscriptions.list({ customer })).data;
    expect(subscription).toMatchObject({
      status: "trialing",
      created: NOW + 10 * DAY,
      trial_end: NOW + 17 * DAY,
      schedule: schedule.id,
    });
  });

  it("canceled before, it is aborted, and never has a subscription", async () => {
    const running = await givenPrices();
    const { stripe, customer, basic, control } = running;
    const { id } = await stripe.subscriptionSchedules.create({
      customer,
      start_date: NOW + DAY,
      phases: [{ items: [{ price: basic }] }],
    });
    expect(await stripe.subscriptionSchedules.cancel(id)).toMatchObject({
      status: "canceled",
      canceled_at: NOW,
    });
    await control("clock", { advance: 2 * DAY });
    expect((await stripe.subscriptions.list({ customer, status: "all" })).data).toEqual([]);
    expect(await scheduleEvents(running)).toContain("subscription_schedule.aborted");
  });

  it("when the customer has no card, the subscription begins past due", async () => {
    const { stripe, basic, control } = await givenPrices();
    const { id: customer } = await stripe.customers.create({});
    await stripe.subscriptionSchedules.create({
      customer,
      start_date: NOW + DAY,
      phases: [{ items: [{ price: basic }] }],
    });
    await control("clock", { advance: DAY });
    expect((await stripe.subscriptions.list({ customer })).data).toMatchObject([{ status: "past_due" }]);
  });
});

describe("given a subscription", () => {
  it("a schedule made from it has its current period as the only phase", async () => {
    const running = await givenPrices();
    const { stripe, customer, basic } = running;
    const subscription = await stripe.subscriptions.create({
      customer,
      items: [{ price: basic, quantity: 4 }],
    });
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    expect(schedule).toMatchObject({
      status: "active",
      subscription: subscription.id,
      phases: [{ start_date: NOW, end_date: FEBRUARY, items: [{ price: basic, quantity: 4 }] }],
    });
    expect((await stripe.subscriptions.retrieve(subscription.id)).schedule).toBe(schedule.id);
    expect(
      await errorOf(stripe.subscriptionSchedules.create({ from_subscription: subscription.id })),
    ).toMatchObject({ param: "from_subscription" });
  });
});

describe("given phases of any length", () => {
  it("at each moment the subscription has the items of the phase of that moment", async () => {
    const running = await givenPrices();
    const { stripe, customer, basic, control } = running;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        async (months) => {
          const start = Number((await control("clock")).body.now);
          const schedule = await stripe.subscriptionSchedules.create({
            customer,
            start_date: "now",
            end_behavior: "cancel",
            phases: months.map((interval_count, index) => ({
              items: [{ price: basic, quantity: index + 1 }],
              duration: { interval: "month" as const, interval_count },
            })),
          });
          for (const [index, phase] of schedule.phases.entries()) {
            const now = Number((await control("clock")).body.now);
            if (phase.start_date > now) await control("clock", { advance: phase.start_date - now });
            const subscription = await stripe.subscriptions.retrieve(String(schedule.subscription));
            expect(itemsOf(subscription)).toEqual([[basic, index + 1]]);
            expect(subscription.items.data[0]?.current_period_start).toBe(phase.start_date);
          }
          const last = schedule.phases.at(-1)?.end_date ?? start;
          await control("clock", { advance: last - Number((await control("clock")).body.now) });
          const amounts = await paidAmounts(running, String(schedule.subscription));
          expect(amounts).toEqual(months.flatMap((count, index) => Array(count).fill(1000 * (index + 1))));
        },
      ),
      { numRuns: tries({ sample: 3, whole: 30 }) },
    );
  });
});

describe("given wrong parameters, the error names the field", () => {
  it.each([
    ["customer", "start_date=now&phases[0][items][0][price]={price}"],
    ["phases", "customer={customer}&start_date=now"],
    ["start_date", "customer={customer}&phases[0][items][0][price]={price}"],
    ["phases[0][items]", "customer={customer}&start_date=now&phases[0][iterations]=1"],
    [
      "phases[0][items][0][price]",
      "customer={customer}&start_date=now&phases[0][items][0][price]=price_none",
    ],
    [
      "phases[0][end_date]",
      "customer={customer}&start_date=now&phases[0][items][0][price]={price}&phases[0][end_date]=5",
    ],
    [
      "end_behavior",
      "customer={customer}&start_date=now&end_behavior=stay&phases[0][items][0][price]={price}",
    ],
    ["phases[0][colour]", "customer={customer}&start_date=now&phases[0][colour]=red"],
  ])("%s", async (param, form) => {
    const { emulator, customer, basic } = await givenPrices();
    const body = form.replace("{customer}", customer).replace("{price}", basic);
    const refused = await rawCall(emulator, "POST", "/v1/subscription_schedules", { body });
    expect([refused.status, Object(refused.body.error).param]).toEqual([400, param]);
  });
});
