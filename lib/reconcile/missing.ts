/** Finds the events that Stripe has and the inbox lacks, and queues them for their consumers. */
import { getItems, type Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { enqueueEvent } from "../events/enqueue.ts";
import { isSubscribed } from "../events/event-queues.ts";
import { isLost, noteQueued } from "../events/inbox.ts";
import { queueOfEvent } from "../events/route-event.ts";
import type { ListedEvent } from "./list-events.ts";

export interface MissingEvent extends ListedEvent {
  /** Its inbox item, begun or queued long ago and never done; left out if the inbox has none. */
  readonly item?: Item;
}

/** How many events are sent concurrently. */
const SENDS_AT_ONCE = 10;

/**
 * The events with a consumer that never arrived or were lost on their way. Those of types that Stripe is not asked for are not missing.
 * `awaited`: the types that steps of workflows wait for.
 */
export async function findMissing(
  events: readonly ListedEvent[],
  awaited: readonly string[],
  now: Date,
): Promise<MissingEvent[]> {
  const routed = events.filter(
    ({ queued }) => queueOfEvent(queued) !== "unrouted" && isSubscribed(queued.head.type, awaited),
  );
  const items = await getItems(
    env("STRIPE_EVENTS_TABLE"),
    routed.map(({ queued }) => ({ eventId: queued.head.id })),
  );
  const byId = new Map(items.map((item) => [String(item.eventId), item]));
  return routed.flatMap((event): MissingEvent[] => {
    const item = byId.get(event.queued.head.id);
    if (!isLost(item, now)) return [];
    return [item === undefined ? event : { ...event, item }];
  });
}

/**
 * Sends the events to their queues as the webhook does, and then notes it. In the other order, an event that could not
 * be sent would count as queued. Throws SERVICE_UNAVAILABLE if not all were sent.
 */
export async function enqueueMissing(missing: readonly MissingEvent[], now: Date): Promise<void> {
  for (let first = 0; first < missing.length; first += SENDS_AT_ONCE) {
    const sent = await Promise.allSettled(
      missing.slice(first, first + SENDS_AT_ONCE).map(async ({ queued, body, item }) => {
        const { queue } = await enqueueEvent(queued, body);
        await noteQueued(queued, queue, item, now);
      }),
    );
    // Only now: an event that was sent must be noted too, or the next run sends it again.
    for (const send of sent) if (send.status === "rejected") throw send.reason;
  }
}
