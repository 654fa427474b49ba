/** Chooses the queue of an event. Pure. */

import { type EventQueue, queueOf } from "./event-queues.ts";
import { queueOfObject } from "./object-paths.ts";
import type { QueuedEvent } from "./stripe-event.ts";

/** Thin events have types that snapshots do not (`customer.subscription.active`), so their object decides. */
export function queueOfEvent(queued: QueuedEvent): EventQueue {
  if (queued.kind === "opaque") return "unrouted";
  return queued.kind === "thin" ? queueOfObject(queued.objectType) : queueOf(queued.head.type);
}
