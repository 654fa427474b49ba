import type Stripe from "stripe";
import { present } from "../present.ts";
import type { StoredEvent } from "../state/store.ts";

type ThinEvent = Stripe.V2.Core.EventBase & { related_object: Stripe.V2.Core.Events.RelatedObject | null };

/** What the ids of thin events have before the id of the event that they are made of. */
const PREFIX = "evt_test_61";

/**
 * The event as a destination for thin events gets it: it names the object that changed and holds none of its fields. Its
 * type has the prefix `v1.`. Its id is not that of the snapshot event, which it names, but is the same each time. Some
 * events exist in this form only: they have no snapshot.
 * https://docs.stripe.com/event-destinations#thin-events
 */
export function thinEventOf({ id, type, created, livemode, data, request }: StoredEvent): ThinEvent {
  return {
    id: `${PREFIX}${id.slice("evt_".length)}`,
    object: "v2.core.event",
    created: new Date(created * 1000).toISOString(),
    livemode,
    ...present({ reason: reasonOf(request) }),
    related_object: relatedObject(data.object),
    ...(isThin(type) ? { type } : { snapshot_event: id, type: `v1.${type}` }),
  };
}

/** Whether events of this type exist in the thin form only. */
export function isThin(type: string): boolean {
  return type.startsWith("v1.");
}

/** The id of the event that a thin event is made of. */
export function eventIdOf(thinId: string): string {
  return `evt_${thinId.slice(PREFIX.length)}`;
}

function reasonOf(request: StoredEvent["request"]): ThinEvent["reason"] {
  if (request?.id == null) return undefined;
  return { type: "request", request: { id: request.id, idempotency_key: request.idempotency_key ?? "" } };
}

function relatedObject(object: object): Stripe.V2.Core.Events.RelatedObject | null {
  const { id, object: type }: { id?: unknown; object?: unknown } = object;
  if (typeof id !== "string" || typeof type !== "string") return null;
  return { id, type, url: `/v1/${type.replaceAll(".", "/")}s/${id}` };
}
