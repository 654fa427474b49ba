/** Chooses the queue of an event. Pure. */

import { type EventQueue, METER_REPORTS, queueOf } from "./event-queues.ts";
import { queueOfObject } from "./object-paths.ts";
import type { QueuedEvent } from "./stripe-event.ts";

/**
 * Thin events have types that snapshots do not (`customer.subscription.active`), so their object decides. One that names no object,
 * such as a summary of entitlements, is routed like the snapshot that it names.
 */
export function queueOfEvent(queued: QueuedEvent): EventQueue {
  if (queued.kind === "thin" && METER_REPORTS.includes(queued.head.type)) return "usage";
  if (queued.kind === "opaque") return "unrouted";
  if (queued.kind !== "thin") return queueOf(queued.head.type);
  const byObject = queueOfObject(queued.objectType);
  return byObject === "unrouted" && queued.hasSnapshot ? queueOf(queued.head.type) : byObject;
}
