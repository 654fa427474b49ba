/** Where Stripe's API answers the objects that events are about. Pure. https://docs.stripe.com/api */
import type { Topic } from "./topics.ts";

interface Kind {
  readonly path: string;
  readonly topic: Topic;
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["payment_intent", { path: "/v1/payment_intents", topic: "payment-intent" }],
  ["subscription", { path: "/v1/subscriptions", topic: "subscription" }],
  ["invoice", { path: "/v1/invoices", topic: "invoice" }],
  ["charge", { path: "/v1/charges", topic: "charge" }],
  ["refund", { path: "/v1/refunds", topic: "charge" }],
  ["dispute", { path: "/v1/disputes", topic: "charge" }],
  ["customer", { path: "/v1/customers", topic: "customer" }],
]);

/** The path of one object; undefined for a kind that no consumer keeps, or an id that is none. */
export function objectPath(objectType: string, id: string): string | undefined {
  const kind = KINDS.get(objectType);
  return kind === undefined || !isId(id) ? undefined : `${kind.path}/${id}`;
}

/** The path of an event; undefined for an id that is none. */
export function eventPath(id: string): string | undefined {
  return isId(id) ? `/v1/events/${id}` : undefined;
}

/** The topic whose consumer keeps objects of this kind. A thin event is routed by it. */
export function topicOfObject(objectType: string | undefined): Topic {
  return KINDS.get(objectType ?? "")?.topic ?? "unrouted";
}

function isId(text: string): boolean {
  return /^\w{1,255}$/.test(text);
}
