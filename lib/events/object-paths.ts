/** The paths in Stripe's API of the objects that events are about. Pure. https://docs.stripe.com/api */
import type { EventQueue } from "./event-queues.ts";

interface Kind {
  readonly path: string;
  readonly queue: EventQueue;
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["payment_intent", { path: "/v1/payment_intents", queue: "payment-intent" }],
  ["checkout.session", { path: "/v1/checkout/sessions", queue: "payment-intent" }],
  ["subscription", { path: "/v1/subscriptions", queue: "subscription" }],
  ["invoice", { path: "/v1/invoices", queue: "invoice" }],
  ["credit_note", { path: "/v1/credit_notes", queue: "invoice" }],
  ["charge", { path: "/v1/charges", queue: "charge" }],
  ["refund", { path: "/v1/refunds", queue: "charge" }],
  ["dispute", { path: "/v1/disputes", queue: "charge" }],
  ["customer", { path: "/v1/customers", queue: "customer" }],
  ["payment_method", { path: "/v1/payment_methods", queue: "customer" }],
]);

/** The path of one object; undefined for a kind that no consumer records, or a malformed id. */
export function objectPath(objectType: string, id: string): string | undefined {
  const kind = KINDS.get(objectType);
  return kind === undefined || !isId(id) ? undefined : `${kind.path}/${id}`;
}

/** The path of an event; undefined for a malformed id. */
export function eventPath(id: string): string | undefined {
  return isId(id) ? `/v1/events/${id}` : undefined;
}

/** The queue whose consumer records objects of this kind. Thin events are routed by it. */
export function queueOfObject(objectType: string | undefined): EventQueue {
  return KINDS.get(objectType ?? "")?.queue ?? "unrouted";
}

/** An invoice of the future has an id, but cannot be read. */
function isId(text: string): boolean {
  return /^(?!upcoming_)\w{1,255}$/.test(text);
}
