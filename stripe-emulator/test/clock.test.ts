/** Moving the clock: everything that is due in between happens at its time, and in order. */
import { describe, expect, it } from "@jest/globals";
import type { ClockFollower } from "../index.ts";
import { givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
const START = Date.UTC(2030, 0, 31, 12) / 1000;

async function aCustomer({ stripe }: RunningEmulator, card: string): Promise<string> {
  const { id } = await stripe.customers.create({ email: "ada@shop.example" });
  await useCard({ stripe }, id, card);
  return id;
}

async function useCard({ stripe }: Pick<RunningEmulator, "stripe">, customer: string, card: string) {
  const method = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
}

async function aPrice({ stripe }: RunningEmulator, interval: "day" | "week" | "month"): Promise<string> {
  const { id } = await stripe.prices.create({
    currency: "usd",
    unit_amount: 1500,
    recurring: { interval },
    product_data: { name: "Pro" },
  });
  return id;
}

/** The types of the events of that type, oldest first, with the hours after the start at which they were created. */
async function eventHours(
  { control }: RunningEmulator,
  types: readonly string[],
): Promise<[string, number][]> {
  const { body } = await control("state");
  const { objects } = JSON.parse(JSON.stringify(body));
  return objects.event
    .filter(({ type }: { type: string }) => types.includes(type))
    .map(({ type, created }: { type: string; created: number }) => [type, (created - START) / HOUR]);
}

describe("given a subscription, when the clock is moved by months", () => {
  it("a trial is announced, ends and is renewed, each at its time", async () => {
    const running = await givenAnEmulator({ now: () => START });
    const customer = await aCustomer(running, "pm_card_visa");
    const items = [{ price: await aPrice(running, "week") }];
    await running.stripe.subscriptions.create({ customer, items, trial_period_days: 10 });
    await running.control("clock", { advance: 25 * DAY });
    expect(
      await eventHours(running, ["customer.subscription.trial_will_end", "payment_intent.succeeded"]),
    ).toEqual([
      ["customer.subscription.trial_will_end", 7 * 24],
      ["payment_intent.succeeded", 10 * 24],
      ["payment_intent.succeeded", 17 * 24],
      ["payment_intent.succeeded", 24 * 24],
    ]);
  });

  it("a renewal that fails is tried again after 3, 5 and 7 days, and then the subscription is canceled", async () => {
    const running = await givenAnEmulator({ now: () => START });
    const customer = await aCustomer(running, "pm_card_visa");
    const items = [{ price: await aPrice(running, "month") }];
    const { id } = await running.stripe.subscriptions.create({ customer, items });
    await useCard(running, customer, "pm_card_chargeCustomerFail");
    await running.control("clock", { advance: 50 * DAY });
    const renewal = 28 * 24;
    expect(await eventHours(running, ["invoice.payment_failed", "customer.subscription.deleted"])).toEqual([
      ["invoice.payment_failed", renewal],
      ["invoice.payment_failed", renewal + 3 * 24],
      ["invoice.payment_failed", renewal + 8 * 24],
      ["invoice.payment_failed", renewal + 15 * 24],
      ["customer.subscription.deleted", renewal + 15 * 24],
    ]);
    expect(await running.stripe.subscriptions.retrieve(id)).toMatchObject({
      status: "canceled",
      cancellation_details: { reason: "payment_failed" },
    });
  });

  it("a renewal that is paid in between is not tried again", async () => {
    const running = await givenAnEmulator({ now: () => START });
    const customer = await aCustomer(running, "pm_card_visa");
    const items = [{ price: await aPrice(running, "month") }];
    const { id } = await running.stripe.subscriptions.create({ customer, items });
    await useCard(running, customer, "pm_card_chargeCustomerFail");
    await running.control("clock", { advance: 29 * DAY });
    const { latest_invoice: invoice } = await running.stripe.subscriptions.retrieve(id);
    expect(await running.stripe.invoices.retrieve(String(invoice))).toMatchObject({
      attempt_count: 1,
      next_payment_attempt: START + 31 * DAY,
    });
    await running.stripe.invoices.pay(String(invoice), { payment_method: "pm_card_visa" });
    await running.control("clock", { advance: 20 * DAY });
    expect(await eventHours(running, ["invoice.payment_failed"])).toHaveLength(1);
    expect((await running.stripe.subscriptions.retrieve(id)).status).toBe("active");
  });
});

describe("given an application that follows the clock", () => {
  it("what is due there, and in the emulator, happens in the order of time; the clock waits for each", async () => {
    const steps: string[] = [];
    let now = 0;
    const follower: ClockFollower = {
      begin: (from, to) => {
        steps.push(`begin ${(to - from) / HOUR}`);
        return [from + 5 * HOUR, from + 30 * HOUR];
      },
      show: (offset) => {
        now = offset / HOUR;
      },
      settle: async () => {
        const before = now;
        await new Promise((resolve) => setImmediate(resolve));
        expect(now).toBe(before);
        steps.push(`settled ${now}`);
      },
      end: () => steps.push("end"),
    };
    const running = await givenAnEmulator({ now: () => START, clockFollower: follower });
    const customer = await aCustomer(running, "pm_card_visa");
    await running.stripe.subscriptions.create({ customer, items: [{ price: await aPrice(running, "day") }] });
    const moves = [
      running.control("clock", { advance: 2 * DAY }),
      running.control("clock", { advance: HOUR }),
    ];
    await Promise.all(moves);
    expect(steps).toEqual([
      ...["begin 48", "settled 5", "settled 24", "settled 30", "settled 48", "settled 48", "end"],
      ...["begin 1", "settled 49", "end"],
    ]);
    await running.control("reset", {});
    expect(now).toBe(0);
  });
});
