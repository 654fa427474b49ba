/** What every consumer does with a queued Stripe event: read, apply once, record the object's state, audit, log. */
import { type Attempt, beginAttempt } from "../audit/attempt.ts";
import { asProblem, Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { appSecrets } from "../secrets.ts";
import { applyOnce } from "./inbox.ts";
import { type ObjectState, recordState } from "./projection.ts";
import type { QueueMessage } from "./queue-message.ts";
import { readStripeEvent, type StripeEvent } from "./stripe-event.ts";

/** A consumer that keeps the projection of one kind of object. A message that is no event fails, to end in the DLQ. */
export function projectionConsumer(
  stateOf: (event: StripeEvent) => ObjectState,
): (message: QueueMessage) => Promise<void> {
  return async (message) => {
    const startedAt = new Date();
    const event = readStripeEvent(message.body);
    if (event === undefined)
      throw new Problem("BAD_REQUEST", `Message ${message.messageId} holds no Stripe event`);
    const state = stateOf(event);
    const attempt = await beginApplying(event, state, message, startedAt);
    const outcome = await applyState(event, state, message, attempt, startedAt);
    log("info", {
      event: "webhook.applied",
      eventId: event.id,
      eventType: event.type,
      objectId: event.object.id,
      status: state.status,
      outcome,
      durationMs: Date.now() - startedAt.getTime(),
      lagMs: Date.now() - event.created * 1000,
      ...attempt.mark,
    });
  };
}

/** The message's id stands for a request's: the webhook logged it when it queued the event. */
async function beginApplying(
  event: StripeEvent,
  { customerId }: ObjectState,
  message: QueueMessage,
  startedAt: Date,
): Promise<Attempt> {
  return beginAttempt(
    {
      eventType: "webhook.received",
      actor: { id: "stripe", roles: [] },
      resource: { type: "stripe-event", id: event.id },
      action: "apply",
      requestId: message.messageId,
      startedAt,
      deadline: message.deadline,
      inputs: { type: event.type, created: event.created, receiveCount: message.receiveCount },
      objects: [event.id, event.object.id, ...(customerId === undefined ? [] : [customerId])],
    },
    await appSecrets(),
  );
}

async function applyState(
  event: StripeEvent,
  state: ObjectState,
  message: QueueMessage,
  attempt: Attempt,
  startedAt: Date,
): Promise<"succeeded" | "stale" | "duplicate"> {
  const durationMs = () => Date.now() - startedAt.getTime();
  let outcome: "succeeded" | "stale" | "duplicate";
  try {
    const once = await applyOnce(event, message.deadline, () => recordState(event, state));
    outcome = once.applied ? (once.result ? "succeeded" : "stale") : "duplicate";
  } catch (thrown) {
    await endFailed(attempt, thrown, durationMs());
    throw thrown;
  }
  await attempt.end(
    outcome === "duplicate"
      ? { result: "replayed", durationMs: durationMs() }
      : {
          result: "succeeded",
          durationMs: durationMs(),
          outputs: { status: state.status, stale: outcome === "stale" },
        },
  );
  return outcome;
}

/** The failure that came first is the one to report; without its ending the entry reads as interrupted. */
async function endFailed(attempt: Attempt, thrown: unknown, durationMs: number): Promise<void> {
  try {
    await attempt.end({ result: "failed", durationMs, code: asProblem(thrown).code });
  } catch (unended) {
    log("warn", { event: "audit.not-ended", ...attempt.mark, cause: describeCause(unended) });
  }
}
