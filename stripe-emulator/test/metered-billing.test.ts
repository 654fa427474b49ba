import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import Stripe from "stripe";
import { tries } from "./effort.ts";
import { APRIL_1, DAY, givenAShop } from "./given-a-shop.ts";

type Formula = "count" | "last" | "sum";

/** A customer who subscribes on 1 April to a metered price, of 7 cents a unit by default. */
async function givenASubscriber(
  given: Partial<Stripe.PriceCreateParams> = { unit_amount: 7 },
  { formula = "sum", trialDays }: { formula?: Formula; trialDays?: number } = {},
) {
  const shop = await givenAShop("pm_card_visa");
  const { stripe, customer } = shop;
  const meter = await stripe.billing.meters.create({
    display_name: "Calls",
    event_name: "calls",
    default_aggregation: { formula },
  });
  const { id: price } = await stripe.prices.create({
    currency: "usd",
    product_data: { name: "Calls" },
    recurring: { interval: "month", usage_type: "metered", meter: meter.id },
    ...given,
  });
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price }],
    ...(trialDays === undefined ? {} : { trial_period_days: trialDays }),
  });
  /** Uses units, `day` days after the beginning. */
  const uses = (value: number, day = 1) =>
    stripe.billing.meterEvents.create({
      event_name: "calls",
      payload: { stripe_customer_id: customer, value: String(value) },
      timestamp: APRIL_1 + Math.round(day * DAY),
    });
  const invoices = async () =>
    (await stripe.invoices.list({ customer })).data.map(({ status, total, lines }) => ({
      status,
      total,
      quantities: lines.data.map(({ quantity }) => quantity),
    }));
  return { ...shop, subscription, uses, invoices };
}

describe("given a subscription to a metered price", () => {
  it("the usage of a period is on the invoice at its end, and is paid; the next period begins at nothing", async () => {
    const { uses, invoices, pass, stripe, customer } = await givenASubscriber();
    await pass(2);
    await uses(3);
    await uses(4, 2);
    await pass(28);
    expect((await invoices())[0]).toEqual({ status: "paid", total: 49, quantities: [7] });
    const { data } = await stripe.invoices.list({ customer, limit: 1 });
    expect(data[0]?.lines.data[0]).toMatchObject({
      description: "7 × Calls (at $0.07 / month)",
      period: { start: APRIL_1, end: APRIL_1 + 30 * DAY },
    });
    await pass(31);
    expect((await invoices())[0]).toEqual({ status: "paid", total: 0, quantities: [0] });
  });

  it("usage at the first second of a period belongs to it, and at its end to the next one", async () => {
    const { uses, invoices, pass } = await givenASubscriber();
    await uses(1, 0);
    await pass(29);
    await pass(1 - 1 / DAY);
    await uses(2, 30);
    await pass(1 / DAY);
    await pass(31);
    expect((await invoices()).slice(0, 2).map(({ total }) => total)).toEqual([14, 7]);
  });

  it.each<[Formula, number]>([
    ["sum", 12],
    ["count", 3],
    ["last", 5],
  ])("the %s of three events is what is charged", async (formula, quantity) => {
    const { uses, invoices, pass } = await givenASubscriber({ unit_amount: 100 }, { formula });
    await pass(5);
    for (const [value, day] of [
      [3, 2],
      [4, 1],
      [5, 3],
    ] as const)
      await uses(value, day);
    await pass(25);
    expect((await invoices())[0]).toMatchObject({ total: quantity * 100, quantities: [quantity] });
  });

  it("whatever is used, it costs what the price says, to the cent: fractions, packages and tiers", async () => {
    const tiers = [
      { up_to: 10, unit_amount: 50, flat_amount: 200 },
      { up_to: "inf" as const, unit_amount_decimal: Stripe.Decimal.from("0.5") },
    ];
    const round = (halves: number) => Math.floor((halves + 1) / 2);
    const schemes: [Partial<Stripe.PriceCreateParams>, (used: number) => number][] = [
      [{ unit_amount_decimal: Stripe.Decimal.from("0.5") }, (used) => round(used)],
      [
        { unit_amount: 300, transform_quantity: { divide_by: 1000, round: "up" } },
        (used) => Math.ceil(used / 1000) * 300,
      ],
      [
        { billing_scheme: "tiered", tiers_mode: "graduated", tiers },
        (used) => 200 + Math.min(used, 10) * 50 + round(Math.max(0, used - 10)),
      ],
      [
        { billing_scheme: "tiered", tiers_mode: "volume", tiers },
        (used) => (used <= 10 ? 200 + used * 50 : round(used)),
      ],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...schemes),
        fc.array(fc.nat({ max: 3000 }), { minLength: 1, maxLength: 4 }),
        async ([given, costs], values) => {
          const { uses, invoices, pass } = await givenASubscriber(given);
          await pass(2);
          for (const value of values) await uses(value);
          await pass(28);
          const used = values.reduce((sum, value) => sum + value, 0);
          expect((await invoices())[0]).toMatchObject({ total: costs(used), quantities: [used] });
        },
      ),
      { numRuns: tries({ sample: 6, whole: 60 }) },
    );
  });

  it("usage in a trial is free", async () => {
    const { uses, invoices, pass } = await givenASubscriber({ unit_amount: 7 }, { trialDays: 10 });
    await pass(2);
    await uses(100);
    await pass(8);
    expect((await invoices())[0]).toMatchObject({ total: 0 });
  });

  it("the preview of the next invoice shows what was used so far", async () => {
    const { uses, pass, stripe, subscription } = await givenASubscriber();
    await pass(2);
    await uses(10);
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    expect(preview.total).toBe(70);
  });

  it("what was used is charged when the subscription ends with its period, or at once with invoice_now", async () => {
    const ending = await givenASubscriber();
    await ending.stripe.subscriptions.update(ending.subscription.id, { cancel_at_period_end: true });
    await ending.pass(2);
    await ending.uses(3);
    await ending.pass(28);
    expect((await ending.invoices())[0]).toMatchObject({ status: "paid", total: 21 });
    const now = await givenASubscriber();
    await now.pass(2);
    await now.uses(5);
    await now.stripe.subscriptions.cancel(now.subscription.id, { invoice_now: true });
    expect((await now.invoices())[0]).toMatchObject({ status: "paid", total: 35 });
  });
});
