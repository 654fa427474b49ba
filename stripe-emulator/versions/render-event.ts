import { API_VERSION } from "../protocol/api-version.ts";
import type { Store, StoredEvent } from "../state/store.ts";
import { olderShape } from "./older-shapes.ts";

/**
 * The event as Stripe shows it: in the account's version of the time it was created, or in `version`, that of the webhook
 * endpoint that receives it. The API's caller does not choose.
 */
export function renderEvent(store: Store, event: StoredEvent, version = event.api_version): StoredEvent {
  if (version === null || version === API_VERSION) return { ...event, api_version: version };
  const { data } = event;
  return {
    ...event,
    api_version: version,
    data: { ...data, object: olderShape(data.object, version, store) },
  };
}
