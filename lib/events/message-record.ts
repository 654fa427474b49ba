/** How a consumer begins with a message: it reads the event and opens the delivery's audit record. */
import { EffectRecord } from "../audit/effect-record.ts";
import { Problem } from "../errors.ts";
import { STRIPE_EVENTS } from "../identity/own-principals.ts";
import { idOf } from "../stripe/stripe-fields.ts";
import { subjectsOfQueued } from "./event-subjects.ts";
import type { QueueMessage } from "./queue-message.ts";
import { isWord, type QueuedEvent, readQueuedEvent } from "./stripe-event.ts";

/** The event in the message. Throws BAD_REQUEST if it contains none: it ends in the dead-letter queue. */
export function queuedEvent(message: QueueMessage): QueuedEvent {
  const queued = readQueuedEvent(message.body);
  if (queued === undefined)
    throw new Problem("BAD_REQUEST", `Message ${message.messageId} does not contain a Stripe event`);
  return queued;
}

/** The audit record of one delivery. */
export function recordOf(queued: QueuedEvent, message: QueueMessage): EffectRecord {
  const { receiveCount } = message;
  const { id, type, created } = queued.head;
  const objects = queued.kind === "snapshot" ? idsOf(queued.event.object) : [];
  const record = new EffectRecord({
    eventType: "webhook.received",
    resource: { type: "stripe-event", id },
    action: "apply",
    principal: STRIPE_EVENTS,
    requestId: message.messageId,
    deadline: message.deadline,
    now: message.now,
    objects: [id, ...objects],
    logFields: {
      event: "webhook.applied",
      eventId: id,
      eventType: type,
      receiveCount,
    },
  });
  record.noteInputs({ type, created, receiveCount });
  record.noteSubjects(subjectsOfQueued(queued));
  return record;
}

/** The charge of a payment, too: people know it from a bank statement or a dispute, and Stripe is not asked for its own events. */
function idsOf({ id, customer, latest_charge: charge }: Readonly<Record<string, unknown>>): string[] {
  return [id, idOf(customer), idOf(charge)].filter(isWord);
}
