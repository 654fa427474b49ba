/**
 * The inbox: the table StripeEvents contains every event that a consumer has begun, so that each takes effect once no
 * matter how often it is delivered (R1). An event is leased to the consumer that applies it (lib/lease): after a crash
 * the next delivery takes it over (R2), and a late consumer cannot finish it (R5).
 *
 *   (none) --claim--> processing(owner, lease) --finish--> done, or ignored
 *   (none) --ignore-> ignored --claim--> ...                        when it is replayed
 *   (none) --queue--> queued  --claim--> ...                        the reconciler has put it into its queue
 *
 * Every item is kept for INBOX_TTL_SECONDS.
 */
import { type Item, putItem, updateItem } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { abandonLease, finishLease, type LeasedItem, takeLease } from "../lease/lease.ts";
import type { EventQueue } from "./event-queues.ts";
import type { IgnoredReason } from "./ignored.ts";
import { objectIdOf, type QueuedEvent } from "./stripe-event.ts";

/** Stripe resends an event for 3 days and lists it for 30; after 90 days no further copy can arrive. */
export const INBOX_TTL_SECONDS = 90 * 24 * 60 * 60;

const IS_NEW = "attribute_not_exists(eventId)";
const IS_PROCESSING = "#state = :processing";
const IS_WAITING = "#state IN (:ignored, :queued)";
const IS_DONE = "#state = :done";
const IS_AS_FOUND = "#state = :state AND receivedAt = :receivedAt";

/** The ending of an event that changes nothing. */
export interface Ignored {
  readonly ignored: IgnoredReason;
}

/** At the `deadline` the consumer's lease on the event ends. */
export interface Delivery extends TimeLimit {
  readonly queued: QueuedEvent;
  readonly queue: EventQueue;
  /** The queue's id of the message; the same for each delivery of it. Left out if the message cannot be delivered again. */
  readonly messageId?: string;
}

/** Another consumer is handling the message itself, or one that cannot be told from it: this delivery must not end it. */
export class EventInProgress extends Problem {
  constructor(eventId: string) {
    super("SERVICE_UNAVAILABLE", `Another consumer is handling event ${eventId}`);
  }
}

/**
 * Runs `apply` unless the event is already done, or a consumer is applying it from another message: should that consumer
 * fail, its own message is delivered again, so this one is no longer needed (`inProgress`). Throws EventInProgress, so that
 * the message is delivered again, if a consumer is applying the event from this very message, which SQS may deliver twice:
 * ending it here would lose the event if that consumer dies. `apply` must be safe to repeat: after a crash the next delivery
 * takes the event over when its lease ends.
 */
export async function applyOnce<T extends { readonly isStale: boolean } | Ignored>(
  delivery: Delivery,
  apply: () => Promise<T>,
): Promise<
  { readonly applied: true; readonly result: T } | { readonly applied: false; readonly inProgress?: true }
> {
  const { queued, queue, messageId, deadline, now } = delivery;
  const { id } = queued.head;
  const begunAt = now();
  const isFree = {
    expression: IS_WAITING,
    names: { "#state": "state" },
    values: { ":ignored": "ignored", ":queued": "queued" },
  };
  const take = await takeLease(
    inboxItem(id),
    { now: begunAt, leaseUntil: deadline, isFree },
    { ...attributesOf(queued, queue, begunAt), messageId, state: "processing" },
  );
  if (take.kind === "refused") {
    if (take.found?.state === "done") return { applied: false };
    const owner = take.found?.messageId;
    if (messageId === undefined || owner === undefined || owner === messageId) throw new EventInProgress(id);
    return { applied: false, inProgress: true };
  }
  try {
    const result = await apply();
    const isFinished = await finishLease(
      take.lease,
      "ignored" in result
        ? { state: "ignored", reason: result.ignored }
        : { state: "done", appliedAt: now().toISOString(), stale: result.isStale },
    );
    if (!isFinished) throw new Problem("SERVICE_UNAVAILABLE", `The lease on event ${id} expired`);
    return { applied: true, result };
  } catch (thrown) {
    await abandonLease(take.lease).catch(() => false);
    throw thrown;
  }
}

/** Stores an event that no consumer leases, as ignored. False if it was stored before. */
export function ignoreEvent(
  { queued, queue, now }: Omit<Delivery, "deadline">,
  reason: IgnoredReason,
): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { eventId: queued.head.id, ...attributesOf(queued, queue, now()), state: "ignored", reason },
    { expression: IS_NEW },
  );
}

/** An event is considered lost when it was begun or queued this long ago and is still not done. */
export const LOST_AFTER_MS = 60 * 60 * 1000;

/** Whether the event with this inbox item must be queued (again): it never arrived, or was lost on its way. */
export function isLost(item: Item | undefined, now: Date): boolean {
  if (item === undefined) return true;
  const lastSeen = Date.parse(String(item.receivedAt));
  return (
    (item.state === "processing" || item.state === "queued") && lastSeen <= now.getTime() - LOST_AFTER_MS
  );
}

/**
 * Notes that a lost event was queued, so that it is not considered lost while it waits. `found` is the item that showed
 * it to be lost. If a consumer has begun the event since, nothing is noted and the result is false.
 */
export function noteQueued(
  queued: QueuedEvent,
  queue: EventQueue,
  found: Item | undefined,
  now: Date,
): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { eventId: queued.head.id, ...attributesOf(queued, queue, now), state: "queued" },
    found === undefined
      ? { expression: IS_NEW }
      : {
          expression: IS_AS_FOUND,
          names: { "#state": "state" },
          values: { ":state": found.state, ":receivedAt": found.receivedAt },
        },
  );
}

/** Lets an event that is done be applied once more when it is delivered again. False if it is not done. */
export function reopenEvent(eventId: string, now: Date): Promise<boolean> {
  return updateItem(
    env("STRIPE_EVENTS_TABLE"),
    { eventId },
    "SET #state = :queued, receivedAt = :now REMOVE appliedAt, stale, #owner",
    {
      expression: IS_DONE,
      names: { "#state": "state", "#owner": "owner" },
      values: { ":queued": "queued", ":done": "done", ":now": now.toISOString() },
    },
  );
}

const inboxItem = (eventId: string): LeasedItem => ({
  table: env("STRIPE_EVENTS_TABLE"),
  keyName: "eventId",
  id: eventId,
  isUnfinished: {
    expression: IS_PROCESSING,
    names: { "#state": "state" },
    values: { ":processing": "processing" },
  },
});

function attributesOf(queued: QueuedEvent, queue: EventQueue, now: Date): Item {
  const { type, created } = queued.head;
  return {
    type,
    queue,
    // Missing if only Stripe knows it: then the event cannot be found by its object.
    objectId: objectIdOf(queued),
    created,
    receivedAt: now.toISOString(),
    expiresAt: Math.floor(now.getTime() / 1000) + INBOX_TTL_SECONDS,
  };
}
