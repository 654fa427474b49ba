/** What every consumer does with a queued Stripe event: read, apply once, record the object's state, audit, log. */
import { CallRecord } from "../audit/call-record.ts";
import { asProblem, Problem } from "../errors.ts";
import { applyOnce } from "./inbox.ts";
import { type ObjectState, recordState } from "./projection.ts";
import type { QueueMessage } from "./queue-message.ts";
import { readStripeEvent, type StripeEvent } from "./stripe-event.ts";

/** Whom an event comes from: its signature was checked before it was queued. */
const STRIPE = { id: "stripe", roles: [] };

/** A consumer that keeps the projection of one kind of object. A message that is no event fails, to end in the DLQ. */
export function projectionConsumer(
  stateOf: (event: StripeEvent) => ObjectState,
): (message: QueueMessage) => Promise<void> {
  return async (message) => {
    const event = readStripeEvent(message.body);
    if (event === undefined)
      throw new Problem("BAD_REQUEST", `Message ${message.messageId} holds no Stripe event`);
    const state = stateOf(event);
    const record = recordOf(event, state, message);
    try {
      await record.begin();
      const once = await applyOnce(event, message.deadline, () => recordState(event, state));
      const isStale = once.applied && !once.result;
      await record.end(once.applied ? "succeeded" : "replayed", { status: state.status, stale: isStale });
      record.tell(once.applied ? (isStale ? "stale" : "succeeded") : "duplicate");
    } catch (thrown) {
      throw await record.refuse(asProblem(thrown));
    }
  };
}

function recordOf(event: StripeEvent, state: ObjectState, message: QueueMessage): CallRecord {
  const { receiveCount } = message;
  const record = new CallRecord({
    eventType: "webhook.received",
    resource: { type: "stripe-event", id: event.id },
    action: "apply",
    principal: STRIPE,
    // Stands for a request's id: the webhook logged it when it queued the event.
    requestId: message.messageId,
    deadline: message.deadline,
    now: () => new Date(),
    objects: [event.id, event.object.id, ...(state.customerId === undefined ? [] : [state.customerId])],
    logFields: {
      event: "webhook.applied",
      eventId: event.id,
      eventType: event.type,
      objectId: event.object.id,
      status: state.status,
      receiveCount,
      lagMs: Date.now() - event.created * 1000,
    },
  });
  record.noteInputs({ type: event.type, created: event.created, receiveCount });
  return record;
}
