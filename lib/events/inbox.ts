/**
 * The inbox: the table StripeEvents holds every event that a consumer has begun, so that each takes effect once however
 * often it is delivered.
 *
 *   (none) --claim--> processing(owner, lease) --finish--> done
 *   (none) --ignore-> ignored --claim--> ...                        once its type has a consumer
 *
 * All of it is kept for INBOX_TTL_SECONDS.
 */
import { randomUUID } from "node:crypto";
import { getItem, putItem, updateItem } from "../dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { QueuedEvent } from "./stripe-event.ts";
import type { Topic } from "./topics.ts";

/** Stripe resends for 3 days and lists events for 30; after 90 no copy of an event can come any more. */
export const INBOX_TTL_SECONDS = 90 * 24 * 60 * 60;

export interface Delivery {
  readonly queued: QueuedEvent;
  readonly topic: Topic;
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
export function ignoreEvent({ queued, topic }: Omit<Delivery, "deadline">): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { ...inboxItem(queued, topic), state: "ignored" },
    { expression: "attribute_not_exists(eventId)" },
  );
}

function claimEvent({ queued, topic, deadline }: Delivery, owner: string): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    { ...inboxItem(queued, topic), state: "processing", owner, leaseUntil: deadline },
    {
      // eventIsNew OR ignoredSoFar OR (notDone AND leaseOver)
      expression:
        "attribute_not_exists(eventId) OR #state = :ignored OR (#state = :processing AND leaseUntil <= :now)",
      names: { "#state": "state" },
      values: { ":processing": "processing", ":ignored": "ignored", ":now": Date.now() },
    },
  );
}

function inboxItem(queued: QueuedEvent, topic: Topic): Record<string, unknown> {
  const { id, type, created } = queued.head;
  const now = Date.now();
  return {
    eventId: id,
    type,
    topic,
    objectId: objectIdOf(queued),
    created,
    receivedAt: new Date(now).toISOString(),
    expiresAt: Math.floor(now / 1000) + INBOX_TTL_SECONDS,
  };
}

/** Missing where only Stripe knows it: then the event is not found by its object. */
function objectIdOf(queued: QueuedEvent): string | undefined {
  if (queued.kind === "snapshot") return queued.event.object.id;
  return queued.kind === "thin" ? queued.objectId : undefined;
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
