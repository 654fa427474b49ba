/** What mails say about subscriptions, from Stripe's objects. Pure; trusts no field's type. */
import { earliestPeriodEnd } from "../stripe/period-end.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { type Fields, fieldOf, isoTimeOf, listOf, textOf, wholeNumberOf } from "../untrusted.ts";

type Data = Readonly<Record<string, unknown>>;

/** Longer names of products are cut. */
const MOST_CHARACTERS = 250;

/** Of a subscription with its products: what it is for, and what it costs. */
export function startedData(subscription: Fields): Data | undefined {
  const plan = planData(subscription);
  if (plan === undefined) return undefined;
  return { ...plan, trialEnd: trialEndOf(subscription), renewsAt: renewalOf(subscription) };
}

export function changedData(subscription: Fields): Data | undefined {
  const plan = planData(subscription);
  return plan && { ...plan, renewsAt: renewalOf(subscription) };
}

export function trialData(subscription: Fields): Data | undefined {
  const [plan, trialEnd] = [planData(subscription), trialEndOf(subscription)];
  if (plan === undefined || trialEnd === undefined) return undefined;
  return { ...plan, trialEnd, hasPaymentMethod: hasPaymentMethod(subscription) };
}

export function canceledData(subscription: Fields): Data | undefined {
  const product = productOf(subscription);
  const endsAt =
    isoTimeOf(subscription.ended_at) ??
    isoTimeOf(subscription.cancel_at) ??
    (subscription.cancel_at_period_end === true ? earliestPeriodEnd(subscription.items) : undefined);
  return product === undefined || endsAt === undefined ? undefined : { product, endsAt };
}

function planData(subscription: Fields): Data | undefined {
  const product = productOf(subscription);
  if (product === undefined) return undefined;
  const items = listed(subscription.items);
  const [only] = items;
  const quantity = items.length === 1 ? wholeNumberOf(fieldOf(only, "quantity")) : undefined;
  return {
    product,
    ...(quantity !== undefined && quantity > 0 ? { quantity } : {}),
    ...priceData(subscription),
  };
}

function productOf(subscription: Fields): string | undefined {
  const names = listed(subscription.items).flatMap(
    (item) => textOf(fieldOf(item, "price", "product", "name")) ?? [],
  );
  const all = [...new Set(names)].join(", ");
  return all === "" ? undefined : all.slice(0, MOST_CHARACTERS);
}

/**
 * The price of a period; nothing where it is not a fixed sum: prices by usage or in tiers, items of different periods, and
 * discounts, which Stripe takes off when it makes the invoice.
 */
function priceData(subscription: Fields): Data {
  const items = listed(subscription.items);
  const parts = items.map((item) => ({
    amount: amountOf(item),
    interval: textOf(fieldOf(item, "price", "recurring", "interval")),
    intervalCount: wholeNumberOf(fieldOf(item, "price", "recurring", "interval_count")) ?? 1,
  }));
  const [first] = parts;
  const isFixed =
    listOf(subscription.discounts).length === 0 &&
    parts.every(
      ({ amount, interval, intervalCount }) =>
        amount !== undefined && interval === first?.interval && intervalCount === first?.intervalCount,
    );
  if (first === undefined || !isFixed) return {};
  return {
    amount: parts.reduce((sum, { amount = 0 }) => sum + amount, 0),
    currency: textOf(subscription.currency) ?? textOf(fieldOf(items[0], "price", "currency")),
    interval: first.interval,
    intervalCount: first.intervalCount,
  };
}

/** Undefined for a price in tiers, by usage, or in fractions of a cent. */
function amountOf(item: unknown): number | undefined {
  const each = wholeNumberOf(fieldOf(item, "price", "unit_amount"));
  const isByUsage = fieldOf(item, "price", "recurring", "usage_type") === "metered";
  return each === undefined || isByUsage ? undefined : each * (wholeNumberOf(fieldOf(item, "quantity")) ?? 1);
}

function trialEndOf(subscription: Fields): string | undefined {
  return subscription.status === "trialing" ? isoTimeOf(subscription.trial_end) : undefined;
}

/** When the next payment is due; undefined if there is none. */
function renewalOf(subscription: Fields): string | undefined {
  const isEnding =
    subscription.cancel_at_period_end === true || isoTimeOf(subscription.cancel_at) !== undefined;
  return isEnding ? undefined : earliestPeriodEnd(subscription.items);
}

function hasPaymentMethod(subscription: Fields): boolean {
  const { customer } = subscription;
  return [
    subscription.default_payment_method,
    subscription.default_source,
    fieldOf(customer, "invoice_settings", "default_payment_method"),
    fieldOf(customer, "default_source"),
  ].some((method) => idOf(method) !== undefined);
}
