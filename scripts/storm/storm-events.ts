/**
 * The events of a storm, spread over all consumers. Each event has its own object, and the state that must be recorded.
 */
import { present } from "../../lib/present.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";

export interface StormEvent {
  readonly id: string;
  readonly objectId: string;
  /** The status of the object that must be recorded in the end. */
  readonly status: string;
  readonly body: string;
}

interface Kind {
  readonly type: string;
  readonly object: string;
  readonly prefix: string;
  readonly status: string;
  readonly previous?: object;
}

/** One event type per consumer; each of them causes one notification to the application. A refund that succeeds at once causes two. */
const KINDS: readonly Kind[] = [
  { type: "payment_intent.succeeded", object: "payment_intent", prefix: "pi", status: "succeeded" },
  {
    type: "customer.subscription.updated",
    object: "subscription",
    prefix: "sub",
    status: "active",
    previous: { status: "incomplete" },
  },
  { type: "invoice.paid", object: "invoice", prefix: "in", status: "paid" },
  { type: "refund.created", object: "refund", prefix: "re", status: "pending" },
  { type: "customer.deleted", object: "customer", prefix: "cus", status: "deleted" },
];

/** `count` events; `run` in their ids distinguishes them from those of other storms. */
export function stormEvents(count: number, run: string): StormEvent[] {
  const created = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length];
    if (kind === undefined) throw new Error("KINDS is empty");
    const id = `evt_storm${run}${index}`;
    const objectId = `${kind.prefix}_storm${run}${index}`;
    const object = {
      id: objectId,
      object: kind.object,
      status: kind.status,
      amount: 4200,
      currency: "usd",
      metadata: { orderId: String(index) },
    };
    const data = { object, ...present({ previous_attributes: kind.previous }) };
    const body = JSON.stringify({
      ...{ id, object: "event", api_version: STRIPE_API_VERSION, type: kind.type },
      ...{ created, livemode: false, data },
    });
    return { id, objectId, status: kind.status, body };
  });
}
