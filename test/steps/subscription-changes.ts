/** Generated changes of subscriptions, and what they charge. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type Stripe from "stripe";
import { changeSubscription } from "../../functions/stripe-change-subscription/operation.ts";
import { previewSubscriptionChange } from "../../functions/stripe-preview-subscription-change/operation.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import type { stripeShop } from "./given-a-subscriber.ts";

type Shop = ReturnType<typeof stripeShop>;

const DAY = 86_400;
const PERIOD_DAYS = { week: 7, month: 28, year: 365 } as const;
type Interval = keyof typeof PERIOD_DAYS;

interface Plan {
  /** Of ten smallest units, because charges of currencies with three decimals are multiples of that. */
  readonly tens: number;
  readonly interval: Interval;
}

export interface Case {
  readonly currency: "usd" | "eur" | "jpy" | "krw" | "bhd" | "kwd";
  readonly from: Plan;
  readonly to: Plan | undefined;
  readonly quantities: readonly [before: number, after: number];
  readonly state: "active" | "trialing" | "past-due" | "last-second";
  /** How much of the period has passed. */
  readonly passed: number;
  readonly coupon:
    | { readonly percent?: number; readonly tens?: number; readonly months?: number }
    | undefined;
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
  currency: fc.constantFrom("usd", "eur", "jpy", "krw", "bhd", "kwd"),
  from: plan,
  to: fc.option(plan, { nil: undefined, freq: 4 }),
  quantities: fc.tuple(quantity, quantity),
  state: fc.constantFrom("active", "active", "active", "trialing", "past-due", "last-second"),
  passed: fc.double({ min: 0, max: 0.98, noNaN: true }),
  coupon: fc.option(
    fc.oneof(
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ tens: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ percent: fc.integer({ min: 1, max: 100 }), months: fc.integer({ min: 1, max: 2 }) }),
    ),
    { nil: undefined },
  ),
  proration: fc.constantFrom("now", "now", "next-invoice", "none"),
  later: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 299 }) },
    fc.integer({ min: 300, max: 4_000 }),
  ),
});

export type Ending = "charged as quoted" | "stale";

/** Plays one case. Throws, with what differs, if the change does not charge what its quote says. */
export async function playChange(shop: Shop, given: Case): Promise<Ending> {
  const { stripe } = shop;
  const { customer, subscription: id, price } = await aSubscription(shop, given);
  const inputs = { subscriptionId: id, ...(price === undefined ? {} : { priceId: price }) };
  const change = { ...inputs, quantity: given.quantities[1], proration: given.proration };
  const quote = await previewSubscriptionChange(change, await contextAt(shop));
  if (given.later > 0) await shop.control("POST", "clock", { advance: given.later });
  const before = await stripe.subscriptions.retrieve(id);
  const invoices = await invoicesOf(stripe, customer);
  try {
    const result = await changeSubscription({ ...inputs, quote: quote.quote }, await contextAt(shop));
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
    const hasExpired = (await nowOf(shop)) * 1000 >= Date.parse(quote.expiresAt);
    expectSame("refusal of a quote within its life", !hasExpired && !periodChanged(before, quote), false);
    expectSame("invoices", (await invoicesOf(stripe, customer)).length, invoices.length);
    expectSame(
      "subscription",
      JSON.stringify(await stripe.subscriptions.retrieve(id)),
      JSON.stringify(before),
    );
    return "stale";
  } finally {
    await stripe.subscriptions.cancel(id);
  }
}

/** Whether a period began, or a trial ended, between the preview and the change. */
function periodChanged(now: Stripe.Subscription, { expiresAt }: { readonly expiresAt: string }): boolean {
  const previewedAt = Date.parse(expiresAt) / 1000 - 300;
  return now.items.data.some((item) => item.current_period_start > previewedAt);
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  if (found !== expected)
    throw new Error(`Expected the ${what} to be ${String(expected)}; it is ${String(found)}`);
}

async function aSubscription(shop: Shop, given: Case) {
  const { stripe } = shop;
  const product = (await stripe.products.create({ name: "Plan" })).id;
  const priceOf = ({ tens, interval }: Plan) =>
    shop.price({ product, currency: given.currency, unit_amount: tens * 10, recurring: { interval } });
  const [from, to, customer] = await Promise.all([
    priceOf(given.from),
    given.to === undefined ? undefined : priceOf(given.to),
    shop.customer("pm_card_visa"),
  ]);
  const coupon = await aCoupon(stripe, given);
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: from, quantity: given.quantities[0] }],
    ...(coupon === undefined ? {} : { discounts: [{ coupon }] }),
    ...(given.state === "trialing" ? { trial_period_days: 14 } : {}),
  });
  const period = PERIOD_DAYS[given.from.interval] * DAY;
  if (given.state === "past-due") await becomePastDue(shop, customer, subscription);
  if (given.state === "last-second") await advanceTo(shop, endOf(subscription) - 1);
  else await advanceBy(shop, Math.floor(given.passed * (given.state === "trialing" ? 13 * DAY : period)));
  return { customer, subscription: subscription.id, price: to };
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
async function becomePastDue(shop: Shop, customer: string, subscription: Stripe.Subscription): Promise<void> {
  const use = async (card: string) => {
    const { id } = await shop.stripe.paymentMethods.attach(card, { customer });
    await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
  };
  await use("pm_card_chargeCustomerFail");
  await advanceTo(shop, endOf(subscription) + 2 * 3600);
  await use("pm_card_visa");
}

const endOf = ({ items }: Stripe.Subscription) =>
  Math.min(...items.data.map((item) => item.current_period_end));

async function nowOf(shop: Shop): Promise<number> {
  return (await shop.control("GET", "clock")).now;
}

async function advanceTo(shop: Shop, time: number): Promise<void> {
  await advanceBy(shop, time - (await nowOf(shop)));
}

async function advanceBy(shop: Shop, seconds: number): Promise<void> {
  if (seconds > 0) await shop.control("POST", "clock", { advance: seconds });
}

/** A call's context, on the emulator's clock. */
async function contextAt(shop: Shop): Promise<OperationContext> {
  const offset = (await nowOf(shop)) * 1000 - Date.now();
  const now = () => new Date(Date.now() + offset);
  return {
    now,
    deadline: now().getTime() + 20_000,
    requestId: randomUUID(),
    idempotencyKey: randomUUID(),
    noteVendorRequest: () => undefined,
    principal: { id: "tester", roles: ["billing"] },
  };
}

const invoicesOf = async (stripe: Stripe, customer: string) =>
  (await stripe.invoices.list({ customer, limit: 100 })).data;

async function chargedFor(stripe: Stripe, invoice: Stripe.Invoice | undefined): Promise<number> {
  if (invoice?.id === undefined) return 0;
  const payments = await stripe.invoicePayments.list({ invoice: invoice.id, status: "paid" });
  return payments.data.reduce((sum, { amount_paid: amount }) => sum + (amount ?? 0), 0);
}
