/** Generated changes of subscriptions, and what they charge. */
import { randomUUID } from "node:crypto";
import { jest } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { changeSubscription } from "../../functions/stripe-change-subscription/operation.ts";
import { previewSubscriptionChange } from "../../functions/stripe-preview-subscription-change/operation.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import type { stripeShop } from "./given-a-subscriber.ts";

type Shop = ReturnType<typeof stripeShop>;

const PERIOD_DAYS = { week: 7, month: 28, year: 365 } as const;
type Interval = keyof typeof PERIOD_DAYS;

interface Plan {
  /** Of ten smallest units, because charges of currencies with three decimals are multiples of that. */
  readonly tens: number;
  readonly interval: Interval;
}

export interface Case {
  /** When the subscription begins, in unix seconds. */
  readonly start: number;
  readonly currency: "usd" | "eur" | "jpy" | "krw" | "bhd" | "kwd";
  readonly from: Plan;
  readonly to: Plan | undefined;
  readonly quantities: readonly [before: number, after: number];
  readonly state: "active" | "trialing" | "past-due";
  /**
   * How much of the period has passed, or of the trial, or of the time until a declined payment is tried again; "all but a
   * second" is its last second.
   */
  readonly passed: number | "all but a second";
  readonly coupon:
    | { readonly percent?: number; readonly tens?: number; readonly months?: number }
    | undefined;
  /** What the customer was credited before, in tens of the smallest unit. */
  readonly credit: number | undefined;
  readonly proration: "now" | "next-invoice" | "none";
  /** Seconds between the preview and the change. A quote lives for 300. */
  readonly later: number;
}

const plan = fc.record<Plan>({
  tens: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 10, max: 20_000 }) }, fc.constant(0)),
  interval: fc.constantFrom("month", "month", "month", "week", "year"),
});
const quantity = fc.integer({ min: 1, max: 12 });

export const anyCase: fc.Arbitrary<Case> = fc.record<Case>({
  start: fc.integer({ min: Date.UTC(2027, 0) / 1000, max: Date.UTC(2029, 0) / 1000 }),
  currency: fc.constantFrom("usd", "eur", "jpy", "krw", "bhd", "kwd"),
  from: plan,
  to: fc.option(plan, { nil: undefined, freq: 4 }),
  quantities: fc.tuple(quantity, quantity),
  state: fc.constantFrom("active", "active", "active", "trialing", "past-due"),
  passed: fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: 0, max: 0.98, noNaN: true }) },
    fc.constant("all but a second" as const),
  ),
  coupon: fc.option(
    fc.oneof(
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ tens: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ percent: fc.integer({ min: 1, max: 100 }), months: fc.integer({ min: 1, max: 2 }) }),
    ),
    { nil: undefined, freq: 2 },
  ),
  credit: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined, freq: 2 }),
  proration: fc.constantFrom("now", "now", "next-invoice", "none"),
  later: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 299 }) },
    fc.integer({ min: 300, max: 4_000 }),
  ),
});

/** What the case is an example of. */
export function kindsOf({ currency, from, to, quantities, state, passed, coupon, credit }: Case): string[] {
  const perDay = ({ tens, interval }: Plan, quantity: number) => (tens * quantity) / PERIOD_DAYS[interval];
  const difference = perDay(to ?? from, quantities[1]) - perDay(from, quantities[0]);
  return [
    difference > 0 ? "upgrade" : difference < 0 ? "downgrade" : "same price",
    ...(quantities[0] === quantities[1] ? [] : ["quantity"]),
    ...(to === undefined || to.interval === from.interval ? [] : ["other interval"]),
    ...(state === "active" ? [] : [state]),
    ...(passed === "all but a second" ? ["last second"] : []),
    ...(coupon === undefined ? [] : ["coupon"]),
    ...(credit === undefined ? [] : ["credit"]),
    ...(["jpy", "krw"].includes(currency) ? ["zero decimals"] : []),
    ...(["bhd", "kwd"].includes(currency) ? ["three decimals"] : []),
  ];
}

/** Stripe, whose time stands still until it is moved. */
class CaseTime {
  /** Unix seconds. */
  now: number;
  readonly #shop: Shop;

  /** Empties Stripe. `Date` must be faked. */
  static async startingAt(start: number, shop: Shop): Promise<CaseTime> {
    jest.setSystemTime(start * 1000);
    await shop.control("POST", "reset");
    return new CaseTime(start, shop);
  }

  private constructor(now: number, shop: Shop) {
    this.now = now;
    this.#shop = shop;
  }

  async advance(seconds: number): Promise<void> {
    if (seconds <= 0) return;
    await this.#shop.control("POST", "clock", { advance: seconds });
    this.now += seconds;
  }

  advanceTo(time: number): Promise<void> {
    return this.advance(time - this.now);
  }

  /** The context of a call that begins now. */
  context(): OperationContext {
    const now = new Date(this.now * 1000);
    return {
      now: () => now,
      deadline: now.getTime() + 20_000,
      requestId: randomUUID(),
      idempotencyKey: randomUUID(),
      noteVendorRequest: () => undefined,
      principal: { id: "tester", roles: ["billing"] },
    };
  }
}

export type Ending = "charged as quoted" | "stale";

/**
 * Plays one case, at a Stripe that knows nothing else; `Date` must be faked (movable-clock.ts). Throws, with what differs, if
 * the change does not charge what its quote says.
 */
export async function playChange(shop: Shop, given: Case): Promise<Ending> {
  const { stripe } = shop;
  const time = await CaseTime.startingAt(given.start, shop);
  const { customer, subscription: id, price } = await aSubscription(shop, time, given);
  const inputs = { subscriptionId: id, ...(price === undefined ? {} : { priceId: price }) };
  const change = { ...inputs, quantity: given.quantities[1], proration: given.proration };
  const previewed = await stripe.subscriptions.retrieve(id);
  const quote = await previewSubscriptionChange(change, time.context());
  await time.advance(given.later);
  const before = await stripe.subscriptions.retrieve(id);
  const invoices = await invoicesOf(stripe, customer);
  const hasExpired = time.now * 1000 >= Date.parse(quote.expiresAt);
  const mayBeStale = hasExpired || stateOf(before) !== stateOf(previewed);
  try {
    const result = await changeSubscription({ ...inputs, quote: quote.quote }, time.context());
    expectSame("acceptance of an expired quote", hasExpired, false);
    const fresh = (await invoicesOf(stripe, customer)).filter(
      (invoice) => !invoices.some((old) => old.id === invoice.id),
    );
    expectSame("amountDue of the change", result.amountDue, quote.amountDue);
    expectSame("number of invoices", fresh.length, result.invoiceId === undefined ? 0 : 1);
    expectSame("amount due of the invoice", fresh[0]?.amount_due ?? 0, quote.amountDue);
    const charged = await chargedFor(stripe, fresh[0]);
    const isPending = result.payUrl !== undefined;
    expectSame("charge", charged, isPending ? 0 : quote.amountDue);
    return "charged as quoted";
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "PRECONDITION_FAILED") throw thrown;
    expectSame("refusal of a quote within its life", !mayBeStale, false);
    expectSame("invoices", (await invoicesOf(stripe, customer)).length, invoices.length);
    const after = await stripe.subscriptions.retrieve(id);
    expectSame("subscription", canonicalJson(after), canonicalJson(before));
    return "stale";
  }
}

/** It becomes another one when a period begins, a trial ends, or an overdue payment succeeds. */
const stateOf = ({ status, items }: Stripe.Subscription) =>
  [status, ...items.data.map((item) => item.current_period_start)].join();

function expectSame(what: string, found: unknown, expected: unknown): void {
  if (found !== expected)
    throw new Error(`Expected the ${what} to be ${String(expected)}; it is ${String(found)}`);
}

async function aSubscription(shop: Shop, time: CaseTime, given: Case) {
  const { stripe } = shop;
  const product = (await stripe.products.create({ name: "Plan" })).id;
  const priceOf = ({ tens, interval }: Plan) =>
    shop.price({ product, currency: given.currency, unit_amount: tens * 10, recurring: { interval } });
  const [from, to, coupon, { id: customer }] = await Promise.all([
    priceOf(given.from),
    given.to === undefined ? undefined : priceOf(given.to),
    aCoupon(stripe, given),
    stripe.customers.create({
      balance: -10 * (given.credit ?? 0),
      payment_method: "pm_card_visa",
      invoice_settings: { default_payment_method: "pm_card_visa" },
    }),
  ]);
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: from, quantity: given.quantities[0] }],
    ...(coupon === undefined ? {} : { discounts: [{ coupon }] }),
    ...(given.state === "trialing" ? { trial_period_days: 14 } : {}),
  });
  if (given.state === "past-due") await becomePastDue(shop, time, customer, subscription);
  await passPeriod(shop, time, given, subscription);
  return { customer, subscription: subscription.id, price: to };
}

async function passPeriod(
  { stripe }: Shop,
  time: CaseTime,
  { passed }: Case,
  { id }: Stripe.Subscription,
): Promise<void> {
  const subscription = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
  const { latest_invoice: invoice } = subscription;
  const retry = typeof invoice === "object" ? invoice?.next_payment_attempt : undefined;
  const end = retry ?? endOf(subscription);
  if (passed === "all but a second") return time.advanceTo(end - 1);
  await time.advance(Math.floor(passed * (end - time.now)));
}

async function aCoupon(stripe: Stripe, { coupon, currency }: Case): Promise<string | undefined> {
  if (coupon === undefined) return undefined;
  const { percent, tens, months } = coupon;
  const created = await stripe.coupons.create({
    ...(percent === undefined ? { amount_off: (tens ?? 1) * 10, currency } : { percent_off: percent }),
    ...(months === undefined
      ? { duration: "forever" as const }
      : { duration: "repeating" as const, duration_in_months: months }),
  });
  return created.id;
}

/** Its renewal is declined; then the customer has a card that works again. */
async function becomePastDue(
  { stripe }: Shop,
  time: CaseTime,
  customer: string,
  subscription: Stripe.Subscription,
): Promise<void> {
  const use = async (card: string) => {
    const { id } = await stripe.paymentMethods.attach(card, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
  };
  await use("pm_card_chargeCustomerFail");
  await time.advanceTo(endOf(subscription) + 2 * 3600);
  await use("pm_card_visa");
}

const endOf = ({ items }: Stripe.Subscription) =>
  Math.min(...items.data.map((item) => item.current_period_end));

const invoicesOf = async (stripe: Stripe, customer: string) =>
  (await stripe.invoices.list({ customer, limit: 100 })).data;

async function chargedFor(stripe: Stripe, invoice: Stripe.Invoice | undefined): Promise<number> {
  if (invoice?.id === undefined) return 0;
  const payments = await stripe.invoicePayments.list({ invoice: invoice.id, status: "paid" });
  return payments.data.reduce((sum, { amount_paid: amount }) => sum + (amount ?? 0), 0);
}
