/** The topic of an event that stands, or is to stand, in a queue. Pure. */
import { topicOfObject } from "./object-paths.ts";
import type { QueuedEvent } from "./stripe-event.ts";
import { type Topic, topicOf } from "./topics.ts";

/** A thin event's type says more than snapshots do (`customer.subscription.active`), so that its object decides. */
export function topicOfQueued(queued: QueuedEvent): Topic {
  if (queued.kind === "opaque") return "unrouted";
  return queued.kind === "thin" ? topicOfObject(queued.objectType) : topicOf(queued.head.type);
}
