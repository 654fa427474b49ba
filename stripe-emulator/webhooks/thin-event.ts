import type Stripe from "stripe";
import { present } from "../present.ts";
import type { StoredEvent } from "../state/store.ts";

type ThinEvent = Stripe.V2.Core.EventBase & { related_object: Stripe.V2.Core.Events.RelatedObject | null };

/**
 * The event as a destination for thin events gets it: it names the object that changed and holds none of its fields. Its
 * type has the prefix `v1.`. Its id is not that of the snapshot event, which it names, but is the same each time.
 * https://docs.stripe.com/event-destinations#thin-events
 */
export function thinEventOf({ id, type, created, livemode, data, request }: StoredEvent): ThinEvent {
  return {
    id: `evt_test_61${id.slice("evt_".length)}`,
    object: "v2.core.event",
    created: new Date(created * 1000).toISOString(),
    livemode,
    ...present({ reason: reasonOf(request) }),
    related_object: relatedObject(data.object),
    snapshot_event: id,
    type: `v1.${type}`,
  };
}

function reasonOf(request: StoredEvent["request"]): ThinEvent["reason"] {
  if (request?.id == null) return undefined;
  return { type: "request", request: { id: request.id, idempotency_key: request.idempotency_key ?? "" } };
}

function relatedObject(object: object): Stripe.V2.Core.Events.RelatedObject | null {
  const { id, object: type }: { id?: unknown; object?: unknown } = object;
  if (typeof id !== "string" || typeof type !== "string") return null;
  return { id, type, url: `/v1/${type}s/${id}` };
}
