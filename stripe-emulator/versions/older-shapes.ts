/**
 * How Stripe rendered objects before some of the changes of its API that readers of events fall over.
 * https://docs.stripe.com/changelog
 */
import type { Store } from "../state/store.ts";

type Shape = Readonly<Record<string, unknown>>;

interface Change {
  /** The first version with today's shape, without its name. */
  readonly since: string;
  /** The kind of object that changed. */
  readonly of: string;
  readonly older: (shape: Shape, store: Store) => Shape;
}

/** The latest change first, so that each is taken back from the shape that the next one left. */
const CHANGES: readonly Change[] = [
  { since: "2025-03-31", of: "subscription", older: withOwnPeriod },
  { since: "2025-03-31", of: "invoice", older: withSubscriptionAndIntent },
  { since: "2022-11-15", of: "payment_intent", older: withCharges },
  { since: "2019-02-11", of: "payment_intent", older: withSources },
  { since: "2018-11-08", of: "invoice", older: withoutStatus },
  {
    since: "2015-02-18",
    of: "charge",
    older: (charge) => (charge.status === "succeeded" ? { ...charge, status: "paid" } : charge),
  },
];

/** The object as Stripe rendered it in `version`, such as `2020-08-27`. One that is in that shape already stays as it is. */
export function olderShape(object: object, version: string, store: Store): object {
  const [date = version] = version.split(/[.;]/);
  return CHANGES.filter(({ since }) => date < since).reduce<Shape>(
    (shape, { of, older }) => (shape.object === of ? older(shape, store) : shape),
    { ...object },
  );
}

/** Subscriptions had a billing period, and their items had none. */
function withOwnPeriod(subscription: Shape): Shape {
  const items = fieldsOf(subscription.items);
  const data = listOf(items.data).map(fieldsOf);
  const periods = data.filter(({ current_period_end: end }) => end !== undefined);
  const [first] = periods;
  if (first === undefined) return subscription;
  return {
    ...subscription,
    current_period_start: first.current_period_start,
    current_period_end: first.current_period_end,
    items: {
      ...items,
      data: data.map(({ current_period_start: _start, current_period_end: _end, ...item }) => item),
    },
  };
}

function withSubscriptionAndIntent({ parent, ...invoice }: Shape, store: Store): Shape {
  if (parent === undefined) return invoice;
  const payment = store.all("invoice_payment").findLast((one) => one.invoice === invoice.id)?.payment;
  return {
    ...invoice,
    subscription: fieldsOf(fieldsOf(parent).subscription_details).subscription ?? null,
    payment_intent: payment?.payment_intent ?? null,
    paid: invoice.status === "paid",
  };
}

function withCharges({ latest_charge: latest, ...intent }: Shape, store: Store): Shape {
  if (latest === undefined) return intent;
  const charge = typeof latest === "string" ? store.find("charge", latest) : undefined;
  const url = `/v1/charges?payment_intent=${String(intent.id)}`;
  const data = charge === undefined ? [] : [charge];
  return { ...intent, charges: { object: "list", data, has_more: false, total_count: data.length, url } };
}

function withSources(intent: Shape): Shape {
  const older = new Map<unknown, string>([
    ["requires_payment_method", "requires_source"],
    ["requires_action", "requires_source_action"],
  ]);
  return { ...intent, status: older.get(intent.status) ?? intent.status };
}

function withoutStatus({ status, ...invoice }: Shape): Shape {
  if (status === undefined) return invoice;
  return {
    ...invoice,
    closed: status !== "draft" && status !== "open",
    forgiven: status === "uncollectible",
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
