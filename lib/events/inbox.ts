/**
 * The inbox: the table StripeEvents holds every event that a consumer has begun, so that each takes effect once however
 * often it is delivered (R1). An event is leased to the consumer that applies it (lib/lease): after a crash the next
 * delivery takes it over (R2), and a late consumer cannot finish it (R5).
 *
 *   (none) --claim--> processing(owner, lease) --finish--> done
 *   (none) --ignore-> ignored --claim--> ...                        once its type has a consumer
 *   (none) --queue--> queued  --claim--> ...                        the reconciler has put it into its queue
 *
 * All of it is kept for INBOX_TTL_SECONDS.
 */
import { type Item, putItem, updateItem } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { abandonLease, finishLease, type LeasedItem, takeLease } from "../lease/lease.ts";
import type { EventQueue } from "./event-queues.ts";
import { objectIdOf, type QueuedEvent } from "./stripe-event.ts";

/** Stripe resends for 3 days and lists events for 30; after 90 no copy of an event can come any more. */
export const INBOX_TTL_SECONDS = 90 * 24 * 60 * 60;

const IS_NEW = "attribute_not_exists(eventId)";
const IS_PROCESSING = "#state = :processing";
const IS_WAITING = "#state IN (:ignored, :queued)";
const IS_DONE = "#state = :done";
const IS_AS_FOUND = "#state = :state AND receivedAt = :receivedAt";

/** At the `deadline` the consumer's lease on the event ends. */
export interface Delivery extends TimeLimit {
  readonly queued: QueuedEvent;
  readonly queue: EventQueue;
}

/**
 * Runs `apply` unless the event is done already. Throws SERVICE_UNAVAILABLE, to be delivered again, while another
 * consumer holds the event. `apply` must be safe to repeat: after a crash the event is taken over when its lease ends.
 */
export async function applyOnce<T extends { readonly isStale: boolean }>(
  delivery: Delivery,
  apply: () => Promise<T>,
): Promise<{ readonly applied: true; readonly result: T } | { readonly applied: false }> {
  const { queued, queue, deadline, now } = delivery;
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
    { ...attributesOf(queued, queue, begunAt), state: "processing" },
  );
  if (take.kind === "refused") {
    if (take.found?.state === "done") return { applied: false };
    throw new Problem("SERVICE_UNAVAILABLE", `Event ${id} is being handled by another consumer`);
  }
  try {
    const result = await apply();
    const ending = { state: "done", appliedAt: now().toISOString(), stale: result.isStale };
    const isFinished = await finishLease(take.lease, ending);
    if (!isFinished) throw new Problem("SERVICE_UNAVAILABLE", `The lease on event ${id} ran out`);
    return { applied: true, result };
  } catch (thrown) {
    await abandonLease(take.lease).catch(() => false);
    throw thrown;
  }
}

/** Keeps the event as one that no consumer is there for. False when it was kept before. */
export function ignoreEvent({ queued, queue, now }: Omit<Delivery, "deadline">): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { eventId: queued.head.id, ...attributesOf(queued, queue, now()), state: "ignored" },
    { expression: IS_NEW },
  );
}

/** An event that nothing was heard of for this long, since it was last begun or queued, is taken for lost. */
export const LOST_AFTER_MS = 60 * 60 * 1000;

/** Whether the event with this item of the inbox has to be queued (again): it never came, or was lost on its way. */
export function isLost(item: Item | undefined, now: Date): boolean {
  if (item === undefined) return true;
  const lastSeen = Date.parse(String(item.receivedAt));
  return (
    (item.state === "processing" || item.state === "queued") && lastSeen <= now.getTime() - LOST_AFTER_MS
  );
}

/**
 * Notes that a lost event was queued, so that it is not taken for lost while it waits. `found` is its item as it was
 * judged by; when a consumer has begun the event since, nothing is noted.
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

/** Lets an event that is done be applied once more, when it is delivered again. False when it is not done. */
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
    // Missing where only Stripe knows it: then the event is not found by its object.
    objectId: objectIdOf(queued),
    created,
    receivedAt: now.toISOString(),
    expiresAt: Math.floor(now.getTime() / 1000) + INBOX_TTL_SECONDS,
  };
}
