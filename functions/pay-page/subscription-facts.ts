/** What a payer wants to know about a subscription: plan, quantity, interval, trial, and the next charge. Pure. */
import type Stripe from "stripe";
import { formatMoney } from "../../lib/money/format-money.ts";
import { present } from "../../lib/present.ts";
import type { StepDetail } from "../../lib/stripe/next-step.ts";

export interface Charge {
  /** Unix seconds. */
  readonly at: number;
  /** In the smallest unit of the subscription's currency. */
  readonly amount?: number;
}

const DATE = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });
/** `at`: Unix seconds. */
const dateOf = (at: number) => DATE.format(at * 1000);

/** The rows of the page's summary. `next`: undefined if nothing will be charged. */
export function subscriptionRows(
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice | undefined,
  next: Charge | undefined,
  now: Date,
): StepDetail[] {
  return [
    ...subscription.items.data.map(planRow),
    ...(subscription.status === "trialing" ? [] : invoiceRows(invoice)),
    ...trialRow(subscription, now),
    ...nextRow(subscription, next),
  ];
}

function planRow({ price, quantity }: Stripe.SubscriptionItem): StepDetail {
  const name = productName(price) ?? price.nickname ?? "Subscription";
  const label = quantity === undefined || quantity === 1 ? name : `${name} × ${quantity}`;
  const interval = intervalOf(price);
  if (price.recurring?.usage_type === "metered") return { label, value: `by usage, ${interval}` };
  if (price.unit_amount === null) return { label, value: `billed ${interval}` };
  const amount = price.unit_amount * (quantity ?? 1);
  return { label, value: `${formatMoney({ amount, currency: price.currency })} ${interval}` };
}

function productName({ product }: Stripe.Price): string | undefined {
  return typeof product === "object" && !product.deleted ? product.name : undefined;
}

function intervalOf({ recurring }: Stripe.Price): string {
  const { interval, interval_count: count } = recurring ?? { interval: "month", interval_count: 1 };
  return count === 1 ? `per ${interval}` : `every ${count} ${interval}s`;
}

/** What makes the amount that is due differ from the prices. */
function invoiceRows(invoice: Stripe.Invoice | undefined): StepDetail[] {
  if (invoice === undefined) return [];
  const { currency, total, amount_due: due, total_excluding_tax: untaxed } = invoice;
  const discount = (invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  const tax = untaxed === null ? 0 : total - untaxed;
  const rows: readonly (readonly [string, number])[] = [
    ["Discount", -discount],
    ["Tax", tax],
    ["Your credit", Math.min(0, due - total)],
  ];
  return rows
    .filter(([, amount]) => amount !== 0)
    .map(([label, amount]) => ({ label, value: formatMoney({ amount, currency }) }));
}

function trialRow({ trial_end: end }: Stripe.Subscription, now: Date): StepDetail[] {
  return end === null || end * 1000 <= now.getTime()
    ? []
    : [{ label: "Free trial", value: `until ${dateOf(end)}` }];
}

function nextRow(subscription: Stripe.Subscription, next: Charge | undefined): StepDetail[] {
  const end = endOf(subscription);
  if (end !== undefined) return [{ label: "Ends", value: dateOf(end) }];
  if (next === undefined) return [];
  const label = subscription.status === "trialing" ? "First charge" : "Next charge";
  return [{ label, value: chargeText(next, subscription) }];
}

function chargeText({ at, amount }: Charge, { currency }: Stripe.Subscription): string {
  const money = amount === undefined ? "" : `${formatMoney({ amount, currency })} `;
  return `${money}on ${dateOf(at)}`;
}

/** A sentence for the end: when the subscription renews, for how much, or when it ends. Undefined if nobody knows. */
export function renewalSentence(
  subscription: Stripe.Subscription,
  next: Charge | undefined,
): string | undefined {
  const end = endOf(subscription);
  if (end !== undefined) return `It ends on ${dateOf(end)} and does not renew.`;
  if (next === undefined) return undefined;
  const { at, amount } = next;
  const money =
    amount === undefined ? "" : ` for ${formatMoney({ amount, currency: subscription.currency })}`;
  return subscription.status === "trialing"
    ? `Your trial is free until ${dateOf(at)}. It then renews${money}.`
    : `It renews on ${dateOf(at)}${money}.`;
}

/** Unix seconds; undefined for a subscription that renews. */
function endOf({ cancel_at: at, cancel_at_period_end: atPeriodEnd, items }: Stripe.Subscription) {
  if (at !== null) return at;
  return atPeriodEnd ? earliestEnd(items.data) : undefined;
}

/** From the prices, without what `isSimple` excludes. Undefined if nothing will be charged after `now`. */
export function nextCharge(subscription: Stripe.Subscription, now: Date): Charge | undefined {
  const { status, trial_end: trialEnd, pause_collection: pause, items } = subscription;
  if (endOf(subscription) !== undefined || subscription.ended_at !== null || pause !== null) return undefined;
  const at = status === "trialing" && trialEnd !== null ? trialEnd : earliestEnd(items.data);
  if (at === undefined || at * 1000 <= now.getTime()) return undefined;
  const due = items.data.filter((item) => item.current_period_end === at || status === "trialing");
  const amounts = due.map(({ price, quantity }) => (price.unit_amount ?? 0) * (quantity ?? 1));
  const amount = isSimple(subscription) ? amounts.reduce((sum, each) => sum + each, 0) : undefined;
  return { at, ...present({ amount }) };
}

function earliestEnd(items: readonly Stripe.SubscriptionItem[]): number | undefined {
  const ends = items.map((item) => item.current_period_end);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Whether the next charge is the sum of the prices: no discount, tax, usage, tier, or balance changes it. */
export function isSimple({
  items,
  discounts,
  automatic_tax: tax,
  ...subscription
}: Stripe.Subscription): boolean {
  const { customer } = subscription;
  const isKnown = typeof customer === "object" && !customer.deleted;
  return (
    isKnown &&
    customer.balance === 0 &&
    (customer.discount ?? null) === null &&
    discounts.length === 0 &&
    !tax.enabled &&
    (subscription.default_tax_rates ?? []).length === 0 &&
    items.data.every(isSimpleItem)
  );
}

function isSimpleItem({ price, discounts, tax_rates: rates }: Stripe.SubscriptionItem): boolean {
  return (
    price.unit_amount !== null &&
    price.recurring?.usage_type === "licensed" &&
    (price.transform_quantity ?? null) === null &&
    discounts.length === 0 &&
    (rates ?? []).length === 0
  );
}
