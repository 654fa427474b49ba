/**
 * The events of a storm: each of an object of its own, spread over every consumer, and the state that it must end in.
 */
import { present } from "../../lib/present.ts";
export interface StormEvent {
  readonly id: string;
  readonly objectId: string;
  /** What must be recorded of the object in the end. */
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

/** One per consumer, each of which is told to the application. */
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
  { type: "refund.created", object: "refund", prefix: "re", status: "succeeded" },
  { type: "customer.deleted", object: "customer", prefix: "cus", status: "deleted" },
];

/** `count` events, told apart from those of other storms by `run`. */
export function stormEvents(count: number, run: string): StormEvent[] {
  const created = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length];
    if (kind === undefined) throw new Error("There are no kinds of events");
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
    const body = JSON.stringify({ id, object: "event", type: kind.type, created, livemode: false, data });
    return { id, objectId, status: kind.status, body };
  });
}
