/** What every consumer does with a queued event: read, apply once, record the object's state, run its effects, audit, log. */
import type { CallRecord } from "../audit/call-record.ts";
import { asProblem } from "../errors.ts";
import { applyOnce } from "./inbox.ts";
import { queuedEvent, recordOf } from "./message-record.ts";
import { type AppliedEvent, recordState } from "./projection.ts";
import type { QueueMessage } from "./queue-message.ts";
import { type ReadStripe, resolveEvent, stripeReader } from "./resolve-event.ts";
import type { Topic } from "./topics.ts";

/** What an effect may use. */
export interface EffectContext {
  /** The queue's message id: stands for a request's id in the log. */
  readonly requestId: string;
  /** Unix time in milliseconds by which the effect must have ended. */
  readonly deadline: number;
  /** UTC now. */
  readonly now: () => Date;
  readonly read: ReadStripe;
}

/**
 * What follows from an event beside its object's recorded state. It must be safe to repeat: after a crash, or when a later
 * effect fails, it runs again with the same event.
 */
export type Effect = (applied: AppliedEvent, context: EffectContext) => Promise<void>;

/** The consumer of one topic: records states and runs `effects` in order. A message that is no event fails, to end in the DLQ. */
export function eventConsumer(
  topic: Exclude<Topic, "unrouted">,
  effects: readonly Effect[],
): (message: QueueMessage) => Promise<void> {
  return async (message) => {
    const queued = queuedEvent(message);
    const record = recordOf(queued, message);
    const context: EffectContext = {
      requestId: message.messageId,
      deadline: message.deadline,
      now: () => new Date(),
      read: stripeReader({
        deadline: message.deadline,
        now: () => new Date(),
        noteVendorRequest: record.noteVendorRequest,
      }),
    };
    try {
      await record.begin();
      const once = await applyOnce({ queued, topic, deadline: message.deadline }, async () => {
        const applied = await recordState(await resolveEvent(queued, context.read), context.read);
        for (const effect of effects) await effect(applied, context);
        return applied;
      });
      if (once.applied) await tellApplied(record, once.result);
      else {
        await record.end("replayed");
        record.tell("duplicate");
      }
    } catch (thrown) {
      throw await record.refuse(asProblem(thrown));
    }
  };
}

async function tellApplied(record: CallRecord, { event, current, isStale }: AppliedEvent): Promise<void> {
  const { id } = event.object;
  await record.end("succeeded", {
    objectId: id,
    customerId: current.customerId,
    status: current.status,
    stale: isStale,
  });
  record.tell(isStale ? "stale" : "succeeded", {
    objectId: id,
    status: current.status,
    lagMs: Date.now() - event.created * 1000,
  });
}
