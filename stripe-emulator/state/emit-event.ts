import { isDeepStrictEqual } from "node:util";
import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Store, StoredEvent } from "./store.ts";

/** The API version whose shapes the emulator speaks: that of the installed SDK. */
export const API_VERSION = "2026-10-28.endive";

export type EventType = Stripe.Event["type"];
type DataOf<T extends EventType> = Extract<Stripe.Event, { type: T }>["data"];

/** Records an event of a known type; TypeScript checks that the object is the one which that type reports. */
export type Emit = <T extends EventType>(
  type: T,
  object: DataOf<T>["object"],
  previousAttributes?: DataOf<T>["previous_attributes"],
) => void;

/** The API request that caused an event; both are null when no request did (a browser, the control interface). */
export type EventCause = Stripe.Event.Request;

/** Makes the `emit` of one request. `publish` is told each event after it is stored. */
export function emitter(
  store: Store,
  createdOf: (type: string) => number,
  cause: EventCause,
  publish: (event: StoredEvent) => void,
): Emit {
  return (type, object, previousAttributes) => {
    const data = {
      object,
      ...(previousAttributes === undefined ? {} : { previous_attributes: previousAttributes }),
    };
    publish(store.put("event", newEvent(type, createdOf(type), data, cause)));
  };
}

/** An event that is not stored yet; `created` is in unix seconds. */
export function newEvent(
  type: string,
  created: number,
  data: Stripe.Event.Data,
  cause: EventCause,
  id = newId("evt"),
): StoredEvent {
  return {
    id,
    object: "event",
    api_version: API_VERSION,
    created,
    data,
    livemode: false,
    pending_webhooks: 0,
    request: cause,
    type,
  };
}

/** The old values of the properties that differ: the `previous_attributes` of an update event. */
export function previousAttributes<T extends object>(before: T, after: T): Partial<T> {
  const previous: Partial<T> = {};
  for (const key in before) {
    if (!isDeepStrictEqual(before[key], after[key])) previous[key] = before[key];
  }
  return previous;
}
