/**
 * The inbox: the table StripeEvents holds every event that a consumer has begun, so that each takes effect once however
 * often it is delivered.
 *
 *   (none) --claim--> processing(owner, lease) --finish--> done        kept for DONE_TTL_SECONDS
 */
import { randomUUID } from "node:crypto";
import { getItem, putItem, updateItem } from "../dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** Stripe resends for 3 days and lists events for 30; after 90 no copy of an event can come any more. */
export const DONE_TTL_SECONDS = 90 * 24 * 60 * 60;

/**
 * Runs `apply` unless the event is done already. Throws SERVICE_UNAVAILABLE, to be delivered again, while another
 * consumer holds the event. `apply` must be safe to repeat: after a crash the event is taken over when its lease ends.
 */
export async function applyOnce<T>(
  event: StripeEvent,
  deadline: number,
  apply: () => Promise<T>,
): Promise<{ readonly applied: true; readonly result: T } | { readonly applied: false }> {
  const owner = randomUUID();
  const now = Date.now();
  if (!(await claimEvent(event, owner, deadline, now))) {
    const item = await getItem(env("STRIPE_EVENTS_TABLE"), { eventId: event.id });
    if (item?.state === "done") return { applied: false };
    throw new Problem("SERVICE_UNAVAILABLE", `Event ${event.id} is being handled by another consumer`);
  }
  try {
    const result = await apply();
    const finished = await finishEvent(event.id, owner);
    if (!finished) throw new Problem("SERVICE_UNAVAILABLE", `The lease on event ${event.id} ran out`);
    return { applied: true, result };
  } catch (thrown) {
    await endLease(event.id, owner).catch(() => false);
    throw thrown;
  }
}

function claimEvent(event: StripeEvent, owner: string, leaseUntil: number, now: number): Promise<boolean> {
  return putItem(
    env("STRIPE_EVENTS_TABLE"),
    {
      eventId: event.id,
      type: event.type,
      objectId: event.object.id,
      created: event.created,
      state: "processing",
      owner,
      leaseUntil,
      expiresAt: Math.floor(now / 1000) + DONE_TTL_SECONDS,
    },
    {
      // eventIsNew OR (notDone AND leaseOver)
      expression: "attribute_not_exists(eventId) OR (#state = :processing AND leaseUntil <= :now)",
      names: { "#state": "state" },
      values: { ":processing": "processing", ":now": now },
    },
  );
}

function finishEvent(eventId: string, owner: string): Promise<boolean> {
  return updateOwned(eventId, owner, "SET #state = :done, appliedAt = :appliedAt REMOVE leaseUntil", {
    ":done": "done",
    ":appliedAt": new Date().toISOString(),
  });
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
