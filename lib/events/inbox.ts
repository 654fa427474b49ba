/**
 * The inbox: the table StripeEvents holds every event that a consumer has begun, so that each takes effect once however
 * often it is delivered.
 *
 *   (none) --claim--> processing(owner, lease) --finish--> done
 *   (none) --ignore-> ignored --claim--> ...                        once its type has a consumer
 *   (none) --queue--> queued  --claim--> ...                        the reconciler has put it into its queue
 *
 * All of it is kept for INBOX_TTL_SECONDS.
 */
import { randomUUID } from "node:crypto";
import { getItem, type Item, putItem, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { EventQueue } from "./event-queues.ts";
import { objectIdOf, type QueuedEvent } from "./stripe-event.ts";

/** Stripe resends for 3 days and lists events for 30; after 90 no copy of an event can come any more. */
export const INBOX_TTL_SECONDS = 90 * 24 * 60 * 60;

export interface Delivery {
  readonly queued: QueuedEvent;
  readonly queue: EventQueue;
  /** Unix time in milliseconds until which the consumer may work on it: the claim's lease. */
  readonly deadline: number;
}

/**
 * Runs `apply` unless the event is done already. Throws SERVICE_UNAVAILABLE, to be delivered again, while another
 * consumer holds the event. `apply` must be safe to repeat: after a crash the event is taken over when its lease ends.
 */
export async function applyOnce<T extends { readonly isStale: boolean }>(
  delivery: Delivery,
  apply: () => Promise<T>,
): Promise<{ readonly applied: true; readonly result: T } | { readonly applied: false }> {
  const { id } = delivery.queued.head;
  const owner = randomUUID();
  if (!(await claimEvent(delivery, owner))) {
    const item = await getItem(env("STRIPE_EVENTS_TABLE"), { eventId: id });
    if (item?.state === "done") return { applied: false };
    throw new Problem("SERVICE_UNAVAILABLE", `Event ${id} is being handled by another consumer`);
  }
  try {
    const result = await apply();
    const finished = await finishEvent(id, owner, result.isStale);
    if (!finished) throw new Problem("SERVICE_UNAVAILABLE", `The lease on event ${id} ran out`);
    return { applied: true, result };
  } catch (thrown) {
    await endLease(id, owner).catch(() => false);
    throw thrown;
  }
}

/** Keeps the event as one that no consumer is there for. False when it was kept before. */
export function ignoreEvent({ queued, queue }: Omit<Delivery, "deadline">): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { ...inboxItem(queued, queue), state: "ignored" },
    { expression: "attribute_not_exists(eventId)" },
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
    { ...inboxItem(queued, queue, now), state: "queued" },
    found === undefined
      ? { expression: "attribute_not_exists(eventId)" }
      : {
          expression: "#state = :state AND receivedAt = :receivedAt",
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
      expression: "#state = :done",
      names: { "#state": "state", "#owner": "owner" },
      values: { ":queued": "queued", ":done": "done", ":now": now.toISOString() },
    },
  );
}

function claimEvent({ queued, queue, deadline }: Delivery, owner: string): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { ...inboxItem(queued, queue), state: "processing", owner, leaseUntil: deadline },
    {
      // eventIsNew OR notBegun OR (notDone AND leaseOver)
      expression:
        "attribute_not_exists(eventId) OR #state IN (:ignored, :queued) OR (#state = :processing AND leaseUntil <= :now)",
      names: { "#state": "state" },
      values: {
        ":processing": "processing",
        ":ignored": "ignored",
        ":queued": "queued",
        ":now": Date.now(),
      },
    },
  );
}

function inboxItem(queued: QueuedEvent, queue: EventQueue, now = new Date()): Item {
  const { id, type, created } = queued.head;
  return {
    eventId: id,
    type,
    queue,
    // Missing where only Stripe knows it: then the event is not found by its object.
    objectId: objectIdOf(queued),
    created,
    receivedAt: now.toISOString(),
    expiresAt: Math.floor(now.getTime() / 1000) + INBOX_TTL_SECONDS,
  };
}

function finishEvent(eventId: string, owner: string, isStale: boolean): Promise<boolean> {
  return updateOwned(
    eventId,
    owner,
    "SET #state = :done, appliedAt = :appliedAt, stale = :stale REMOVE leaseUntil",
    { ":done": "done", ":appliedAt": new Date().toISOString(), ":stale": isStale },
  );
}

function endLease(eventId: string, owner: string): Promise<boolean> {
  return updateOwned(eventId, owner, "SET leaseUntil = :over", { ":over": 0 });
}

function updateOwned(
  eventId: string,
  owner: string,
  update: string,
  values: Record<string, unknown>,
): Promise<boolean> {
  return updateItem(env("STRIPE_EVENTS_TABLE"), { eventId }, update, {
    expression: "#owner = :owner AND #state = :processing",
    names: { "#owner": "owner", "#state": "state" },
    values: { ...values, ":owner": owner, ":processing": "processing" },
  });
}
