/** What the log lines about an event name: the customer, payment, subscription and invoice that the event is about. Pure. */
import { idOf } from "../stripe/stripe-fields.ts";
import { type SubjectIds, subjectsAmong } from "../subject-ids.ts";
import { fieldOf } from "../untrusted.ts";
import { objectIdOf, type QueuedEvent, readQueuedEvent, type StripeObject } from "./stripe-event.ts";

/** The ids of an object of Stripe's, such as a refund, and of what it belongs to. */
export function subjectsOfObject(object: StripeObject): SubjectIds {
  const { id, customer, payment_intent: payment, invoice, subscription, parent } = object;
  const details = fieldOf(parent, "subscription_details", "subscription");
  return subjectsAmong(id, ...[customer, payment, invoice, subscription, details].map(idOf));
}

/** The same for an event as a queue contains it. Only an event with its object names more than the object's id. */
export function subjectsOfQueued(queued: QueuedEvent): SubjectIds {
  return queued.kind === "snapshot"
    ? subjectsOfObject(queued.event.object)
    : subjectsAmong(objectIdOf(queued));
}

/** The same for a queued message; nothing if it does not contain an event. */
export function subjectsOfMessage(body: string): SubjectIds & { readonly eventId?: string } {
  const queued = readQueuedEvent(body);
  return queued === undefined ? {} : { eventId: queued.head.id, ...subjectsOfQueued(queued) };
}
