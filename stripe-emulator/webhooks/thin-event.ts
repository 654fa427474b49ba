import type Stripe from "stripe";
import type { StoredEvent } from "../state/store.ts";

type ThinEvent = Stripe.V2.Core.EventBase & { related_object: Stripe.V2.Core.Events.RelatedObject | null };

/**
 * The event as a destination for thin events gets it: what happened to which object, and nothing of the object. Its
 * type has the prefix `v1.`; it has an id of its own, the same one each time, and names the snapshot event.
 * https://docs.stripe.com/event-destinations#thin-events
 */
export function thinEventOf({ id, type, created, livemode, data, request }: StoredEvent): ThinEvent {
  return {
    id: `evt_test_61${id.slice("evt_".length)}`,
    object: "v2.core.event",
    created: new Date(created * 1000).toISOString(),
    livemode,
    ...(request?.id == null
      ? {}
      : {
          reason: {
            type: "request",
            request: { id: request.id, idempotency_key: request.idempotency_key ?? "" },
          },
        }),
    related_object: relatedObject(data.object),
    snapshot_event: id,
    type: `v1.${type}`,
  };
}

function relatedObject(object: object): Stripe.V2.Core.Events.RelatedObject | null {
  const { id, object: type }: { id?: unknown; object?: unknown } = object;
  if (typeof id !== "string" || typeof type !== "string") return null;
  return { id, type, url: `/v1/${type}s/${id}` };
}
