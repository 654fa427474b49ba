import { isDeepStrictEqual } from "node:util";
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { draftSubscriptionInvoice } from "./draft-invoice.ts";
import { isSameRecurrence, periodAt, periodEnd, recurrenceOf } from "./period.ts";
import { amountFor } from "./price-amount.ts";
import { creditUnusedTime, debitRemainingTime } from "./proration.ts";
import { quantityOf } from "./subscription-item.ts";

type Store = Context["store"];

/** How a change of a subscription is billed. All times are in unix seconds. */
export interface ChangeTerms {
  prorationBehavior: "always_invoice" | "create_prorations" | "none";
  /** From when on the change counts for the prorations; by default now. */
  prorationDate?: number | undefined;
  /** Whether a new period begins now. */
  startsPeriod?: boolean | undefined;
  trialEnd?: number | "now" | undefined;
}

/** A change that has been made, and the draft of its invoice if it is billed at once. */
export interface ChangedSubscription {
  subscription: Stripe.Subscription;
  draft: Stripe.Invoice | undefined;
}

/**
 * Makes the change: the prorations as pending invoice items, the new items and periods, and the draft of an invoice where
 * Stripe bills at once: a new billing interval, from free to paid, a trial that starts or ends, `always_invoice`.
 * `wanted` is the subscription as it should be; its items have the periods of before. `invoiceitem.created`,
 * `customer.subscription.updated`
 */
export function makeChange(
  context: Context,
  before: Stripe.Subscription,
  wanted: Stripe.Subscription,
  terms: ChangeTerms,
): ChangedSubscription {
  const now = context.clock.now();
  const date = prorationDate(before, terms, now);
  const trial = trialChange(before, terms, now);
  const startsPeriod = startsNewPeriod(context.store, before, wanted, terms, trial);
  const after = withPeriods({ ...wanted, ...trial.fields }, before, { now, date, startsPeriod, trial });
  const prorates = terms.prorationBehavior !== "none" && PRORATED.has(before.status);
  const prorations = prorates ? prorate(context, before, after, date, startsPeriod) : [];
  const isBilled = startsPeriod || (terms.prorationBehavior === "always_invoice" && prorations.length > 0);
  const draft = isBilled
    ? draftSubscriptionInvoice(context, after, "subscription_update", {
        items: startsPeriod ? after.items.data : [],
      })
    : undefined;
  const changed = context.store.put("subscription", {
    ...after,
    latest_invoice: draft?.id ?? before.latest_invoice,
  });
  const previous = previousAttributes(before, changed);
  if (Object.keys(previous).length > 0) context.emit("customer.subscription.updated", changed, previous);
  return { subscription: changed, draft };
}

/** In a trial nothing was billed, and nothing is. */
const PRORATED: ReadonlySet<string> = new Set(["active", "past_due", "unpaid"]);

function prorationDate(subscription: Stripe.Subscription, terms: ChangeTerms, now: number): number {
  const { prorationDate: date = now } = terms;
  const starts = subscription.items.data.map((item) => item.current_period_start);
  const ends = subscription.items.data.map((item) => item.current_period_end);
  if (terms.prorationDate !== undefined && (date < Math.min(...starts) || date > Math.max(...ends))) {
    throw invalidRequest(
      "Invalid timestamp: `proration_date` must be within the current period of the subscription.",
      undefined,
      "proration_date",
    );
  }
  return date;
}

interface TrialChange {
  starts: boolean;
  moves: boolean;
  ends: boolean;
  fields: Partial<Stripe.Subscription>;
}

function trialChange(before: Stripe.Subscription, { trialEnd }: ChangeTerms, now: number): TrialChange {
  const inTrial = before.status === "trialing";
  const none = { starts: false, moves: false, ends: false, fields: {} };
  if (trialEnd === undefined) return none;
  if (trialEnd === "now") {
    return inTrial ? { ...none, ends: true, fields: { status: "active", trial_end: now } } : none;
  }
  const fields = { status: "trialing", trial_end: trialEnd, billing_cycle_anchor: trialEnd } as const;
  if (inTrial) return { ...none, moves: true, fields };
  return { ...none, starts: true, fields: { ...fields, trial_start: now } };
}

function startsNewPeriod(
  store: Store,
  before: Stripe.Subscription,
  wanted: Stripe.Subscription,
  terms: ChangeTerms,
  trial: TrialChange,
): boolean {
  if (trial.ends || trial.starts) return true;
  if (before.status === "trialing") return false;
  return terms.startsPeriod === true || changesInterval(before, wanted) || becomesPaid(store, before, wanted);
}

function changesInterval(before: Stripe.Subscription, wanted: Stripe.Subscription): boolean {
  return wanted.items.data.some((item) => {
    const old = before.items.data.find(({ id }) => id === item.id);
    return old !== undefined && !isSameRecurrence(recurrenceOf(old.price), recurrenceOf(item.price));
  });
}

function becomesPaid(store: Store, before: Stripe.Subscription, wanted: Stripe.Subscription): boolean {
  const isFree = ({ items, currency }: Stripe.Subscription) =>
    items.data.every((item) => amountFor(store, item.price, quantityOf(item), currency) === 0);
  return isFree(before) && !isFree(wanted);
}

function withPeriods(
  wanted: Stripe.Subscription,
  before: Stripe.Subscription,
  {
    now,
    date,
    startsPeriod,
    trial,
  }: { now: number; date: number; startsPeriod: boolean; trial: TrialChange },
): Stripe.Subscription {
  const inTrial = wanted.status === "trialing";
  const anchor = inTrial ? (wanted.trial_end ?? now) : startsPeriod ? now : wanted.billing_cycle_anchor;
  const isOld = (item: Stripe.SubscriptionItem) => before.items.data.some(({ id }) => id === item.id);
  const items = wanted.items.data.map((item) => {
    const rhythm = recurrenceOf(item.price);
    if (startsPeriod) {
      return {
        ...item,
        current_period_start: now,
        current_period_end: inTrial ? anchor : periodEnd(now, rhythm),
      };
    }
    if (trial.moves) return { ...item, current_period_end: anchor };
    if (isOld(item) || inTrial) return item;
    const { start, end } = periodAt(anchor, date, rhythm);
    return { ...item, current_period_start: start, current_period_end: end };
  });
  const shortened = items.map((item) => ({
    ...item,
    current_period_end: shortenedEnd(item, wanted, anchor, inTrial),
  }));
  return { ...wanted, billing_cycle_anchor: anchor, items: { ...wanted.items, data: shortened } };
}

/** The end of an item's period: earlier than usual when the subscription is canceled before. */
function shortenedEnd(
  item: Stripe.SubscriptionItem,
  { cancel_at: cancelAt, trial_end: trialEnd }: Stripe.Subscription,
  anchor: number,
  inTrial: boolean,
): number {
  const start = item.current_period_start;
  const usual = inTrial
    ? (trialEnd ?? item.current_period_end)
    : periodAt(anchor, start, recurrenceOf(item.price)).end;
  return cancelAt !== null && cancelAt > start ? Math.min(usual, cancelAt) : usual;
}

/** Credits what is not used any more and debits what is new, from `date` on. */
function prorate(
  context: Context,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  date: number,
  startsPeriod: boolean,
): Stripe.InvoiceItem[] {
  const olds = before.items.data;
  const replaced = olds.filter((old) => startsPeriod || isReplaced(old, after));
  const credits = replaced.flatMap((old) => creditUnusedTime(context, before, old, date));
  if (startsPeriod) return credits;
  const debits = after.items.data.flatMap((item) => {
    const old = olds.find(({ id }) => id === item.id);
    const isNew = old === undefined || isReplaced(old, after);
    const end = item.current_period_end;
    if (isNew) return debitRemainingTime(context, after, item, date, end);
    if (old.current_period_end > end) return creditUnusedTime(context, before, old, Math.max(end, date));
    return debitRemainingTime(context, after, item, old.current_period_end, end);
  });
  return [...credits, ...debits];
}

function isReplaced(old: Stripe.SubscriptionItem, after: Stripe.Subscription): boolean {
  const item = after.items.data.find(({ id }) => id === old.id);
  return item === undefined || !isDeepStrictEqual(chargeOf(old), chargeOf(item));
}

function chargeOf({ price, quantity }: Stripe.SubscriptionItem) {
  return { price: price.id, quantity };
}
