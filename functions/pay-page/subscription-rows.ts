/** What a payer reads about a subscription: plan, quantity, interval, trial, and the next charge. Pure. */
import type Stripe from "stripe";
import { fillText } from "../../lib/languages/fill-text.ts";
import { entryOf } from "../../lib/untrusted.ts";
import type { Row } from "./found.ts";
import type { PageLanguage } from "./page-language.ts";
import { type Charge, endOf } from "./subscription-facts.ts";

interface Facts {
  readonly invoice: Stripe.Invoice | undefined;
  /** Undefined if nothing will be charged. */
  readonly next: Charge | undefined;
  readonly now: Date;
  readonly language: PageLanguage;
}

/** The rows of the page's summary. */
export function subscriptionRows(
  subscription: Stripe.Subscription,
  { invoice, next, now, language }: Facts,
): Row[] {
  return [
    ...subscription.items.data.map((item) => planRow(item, language)),
    ...(subscription.status === "trialing" ? [] : invoiceRows(invoice, language)),
    ...trialRow(subscription, now, language),
    ...nextRow(subscription, next, language),
  ];
}

function planRow({ price, quantity }: Stripe.SubscriptionItem, { texts, money }: PageLanguage): Row {
  const { plan, byUsage, billed, price: priceText } = texts.summary;
  const name = productName(price) ?? price.nickname ?? plan;
  const label = quantity === undefined || quantity === 1 ? name : `${name} × ${quantity}`;
  const interval = intervalOf(price, texts.every);
  if (price.recurring?.usage_type === "metered") return { label, value: fillText(byUsage, { interval }) };
  if (price.unit_amount === null) return { label, value: fillText(billed, { interval }) };
  const amount = money({ amount: price.unit_amount * (quantity ?? 1), currency: price.currency });
  return { label, value: fillText(priceText, { amount, interval }) };
}

function productName({ product }: Stripe.Price): string | undefined {
  return typeof product === "object" && !product.deleted ? product.name : undefined;
}

function intervalOf({ recurring }: Stripe.Price, every: PageLanguage["texts"]["every"]): string {
  const { interval, interval_count: count } = recurring ?? { interval: "month", interval_count: 1 };
  const text = entryOf(every, count === 1 ? interval : `${interval}s`);
  return text === undefined ? interval : fillText(text, { count });
}

/** What makes the amount that is due differ from the prices. */
function invoiceRows(invoice: Stripe.Invoice | undefined, { texts, money }: PageLanguage): Row[] {
  if (invoice === undefined) return [];
  const { currency, total, amount_due: due, total_excluding_tax: untaxed } = invoice;
  const discount = (invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  const tax = untaxed === null ? 0 : total - untaxed;
  const rows: readonly (readonly [string, number])[] = [
    [texts.summary.discount, -discount],
    [texts.summary.tax, tax],
    [texts.summary.credit, Math.min(0, due - total)],
  ];
  return rows
    .filter(([, amount]) => amount !== 0)
    .map(([label, amount]) => ({ label, value: money({ amount, currency }) }));
}

function trialRow(
  { trial_end: end }: Stripe.Subscription,
  now: Date,
  { texts: { summary }, date }: PageLanguage,
): Row[] {
  return end === null || end * 1000 <= now.getTime()
    ? []
    : [{ label: summary.trial, value: fillText(summary.trialEnd, { date: date(end) }) }];
}

function nextRow(
  subscription: Stripe.Subscription,
  next: Charge | undefined,
  { texts: { summary }, date, money }: PageLanguage,
): Row[] {
  const end = endOf(subscription);
  if (end !== undefined) return [{ label: summary.ends, value: date(end) }];
  if (next === undefined) return [];
  const { currency, status } = subscription;
  const label = status === "trialing" ? summary.firstCharge : summary.nextCharge;
  const value =
    next.amount === undefined
      ? fillText(summary.chargeAt, { date: date(next.at) })
      : fillText(summary.chargeOf, {
          date: date(next.at),
          amount: money({ amount: next.amount, currency }),
        });
  return [{ label, value }];
}

/** A sentence for the end: when the subscription renews, for how much, or when it ends. Undefined if nobody knows. */
export function renewalSentence(
  subscription: Stripe.Subscription,
  next: Charge | undefined,
  { texts: { renewal }, date, money }: PageLanguage,
): string | undefined {
  const end = endOf(subscription);
  if (end !== undefined) return fillText(renewal.ends, { date: date(end) });
  if (next === undefined) return undefined;
  const isTrial = subscription.status === "trialing";
  if (next.amount === undefined)
    return fillText(isTrial ? renewal.afterTrial : renewal.renews, { date: date(next.at) });
  const amount = money({ amount: next.amount, currency: subscription.currency });
  return fillText(isTrial ? renewal.afterTrialFor : renewal.renewsFor, { date: date(next.at), amount });
}
