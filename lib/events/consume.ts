/** What every consumer does with a queued Stripe event: read, apply once, record the object's state, log. */
import { Problem } from "../errors.ts";
import { log } from "../log.ts";
import { applyOnce } from "./inbox.ts";
import { type ObjectState, recordState } from "./projection.ts";
import type { QueueMessage } from "./queue-message.ts";
import { readStripeEvent, type StripeEvent } from "./stripe-event.ts";

/** A consumer that keeps the projection of one kind of object. A message that is no event fails, to end in the DLQ. */
export function projectionConsumer(
  stateOf: (event: StripeEvent) => ObjectState,
): (message: QueueMessage) => Promise<void> {
  return async (message) => {
    const startedAt = Date.now();
    const event = readStripeEvent(message.body);
    if (event === undefined)
      throw new Problem("BAD_REQUEST", `Message ${message.messageId} holds no Stripe event`);
    const state = stateOf(event);
    const once = await applyOnce(event, message.deadline, () => recordState(event, state));
    log("info", {
      event: "webhook.applied",
      eventId: event.id,
      eventType: event.type,
      objectId: event.object.id,
      status: state.status,
      outcome: once.applied ? (once.result ? "succeeded" : "stale") : "duplicate",
      durationMs: Date.now() - startedAt,
      lagMs: Date.now() - event.created * 1000,
    });
  };
}
