/** What every consumer does with a queued event: read, apply once or ignore, record the state, run its effects, audit, log. */
import type { EffectRecord } from "../audit/effect-record.ts";
import type { CallContext } from "../call-context.ts";
import { env } from "../env.ts";
import { asProblem } from "../errors.ts";
import { noteLogged } from "../log.ts";
import { present } from "../present.ts";
import { subjectsAmong } from "../subject-ids.ts";
import type { EventQueue } from "./event-queues.ts";
import { subjectsOfObject } from "./event-subjects.ts";
import { foreignness, type IgnoredReason, ONE_IGNORED } from "./ignored.ts";
import { applyOnce, EventInProgress, type Ignored } from "./inbox.ts";
import { queuedEvent, recordOf } from "./message-record.ts";
import { type AppliedEvent, recordState } from "./projection.ts";
import type { QueueMessage } from "./queue-message.ts";
import type { ReadStripe } from "./resolve-event.ts";
import { resolveEvent, stripeReader } from "./resolve-event.ts";

/** What an effect can use. `requestId` is the queue's message id. */
export interface EffectContext extends CallContext {
  readonly read: ReadStripe;
  /** Records the id of a request to Stripe that belongs to the event. */
  readonly noteVendorRequest: (vendorRequestId: string) => void;
}

/**
 * Something that an event causes, in addition to recording its object's state. It must be safe to repeat: after a
 * crash, or when a later effect fails, it runs again with the same event.
 */
export type Effect = (applied: AppliedEvent, context: EffectContext) => Promise<void>;

/** The consumer of one queue: records states, runs `effects` in order. A non-event fails, for the DLQ. */
export function eventConsumer(
  queue: Exclude<EventQueue, "unrouted" | "usage">,
  effects: readonly Effect[],
): (message: QueueMessage) => Promise<void> {
  return async (message) => {
    const queued = queuedEvent(message);
    const record = recordOf(queued, message);
    const { messageId: requestId, deadline, now } = message;
    const { noteVendorRequest } = record;
    const read = stripeReader({ deadline, now, noteVendorRequest });
    const context: EffectContext = { requestId, deadline, now, read, noteVendorRequest };
    let isBegun = false;
    let isEnded = false;
    const ended = <T>(result: T): T => {
      isEnded = true;
      return result;
    };
    try {
      const once = await applyOnce({ queued, queue, messageId: requestId, deadline, now }, async () => {
        await record.begin();
        isBegun = true;
        const foreign = foreignness(queued.head, env("STAGE"));
        if (foreign !== undefined) return ended(await endIgnored(record, foreign));
        const event = await resolveEvent(queued, read);
        record.noteSubjects(subjectsOfObject(event.object));
        const applied = await recordState(event, context);
        if (applied === "gone") return ended(await endIgnored(record, applied));
        record.noteSubjects(subjectsAmong(applied.current.customerId));
        for (const effect of effects) await effect(applied, context);
        await endApplied(record, applied);
        return ended(applied);
      });
      if (once.applied) logEnding(record, once.result, now());
      // Most copies of an event have no effect; a log line is enough for them.
      else record.writeLogLine("duplicate", present({ inProgress: once.inProgress }));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (isBegun && !isEnded) throw await record.refuse(problem);
      if (problem instanceof EventInProgress) {
        // Not a failure: only the queue must know that this delivery did not end the message.
        record.writeLogLine("duplicate", { inProgress: true });
        noteLogged(problem);
        throw problem;
      }
      // An entry that says what the event has done stays, although the inbox may not know: the event can be done all the same.
      record.writeLogLine("failed", {}, problem);
      throw problem;
    }
  };
}

function endApplied(record: EffectRecord, { event, current, isStale }: AppliedEvent): Promise<void> {
  return record.end("succeeded", {
    objectId: event.object.id,
    customerId: current.customerId,
    status: current.status,
    stale: isStale,
  });
}

async function endIgnored(record: EffectRecord, ignored: IgnoredReason): Promise<Ignored> {
  await record.end("succeeded", { ignored: true, reason: ignored });
  return { ignored };
}

function logEnding(record: EffectRecord, result: AppliedEvent | Ignored, now: Date): void {
  if ("ignored" in result) {
    record.writeLogLine("ignored", { reason: result.ignored }, undefined, ONE_IGNORED);
    return;
  }
  const { event, current, isStale } = result;
  record.writeLogLine(isStale ? "stale" : "succeeded", {
    objectId: event.object.id,
    status: current.status,
    ...present({ amount: current.amount, currency: current.currency }),
    lagMs: now.getTime() - event.created * 1000,
  });
}
