/** The queue that an event belongs in. Pure. */

import { type EventQueue, queueOf } from "./event-queues.ts";
import { queueOfObject } from "./object-paths.ts";
import type { QueuedEvent } from "./stripe-event.ts";

/** A thin event's type says more than snapshots do (`customer.subscription.active`), so that its object decides. */
export function queueOfEvent(queued: QueuedEvent): EventQueue {
  if (queued.kind === "opaque") return "unrouted";
  return queued.kind === "thin" ? queueOfObject(queued.objectType) : queueOf(queued.head.type);
}
