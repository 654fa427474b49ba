import { isDeepStrictEqual } from "node:util";
import type Stripe from "stripe";
import { present } from "../present.ts";
import { newId } from "../protocol/ids.ts";
import type { Store, StoredEvent } from "./store.ts";

export type EventType = Stripe.Event["type"];
type DataOf<T extends EventType> = Extract<Stripe.Event, { type: T }>["data"];

/** Records an event. TypeScript checks that the object is of the kind that events of this type report. */
export type Emit = <T extends EventType>(
  type: T,
  object: DataOf<T>["object"],
  previousAttributes?: DataOf<T>["previous_attributes"],
) => void;

/** The API request that caused an event. Both fields are null when a browser or the control interface caused it. */
export type EventCause = Stripe.Event.Request;

/** The `emit` of one request. `publish` gets each event once it is stored. */
export function emitter(
  store: Store,
  createdOf: (type: string) => number,
  cause: EventCause,
  publish: (event: StoredEvent) => void,
): Emit {
  return (type, object, previousAttributes) => {
    const data = { object, ...present({ previous_attributes: previousAttributes }) };
    const event = newEvent({ type, created: createdOf(type), data, cause, apiVersion: store.apiVersion });
    publish(store.put("event", event));
  };
}

/** What differs between events. `created` is in unix seconds; `data` is as the SDK's version shows it, or older. */
export interface EventFields {
  type: string;
  created: number;
  data: Stripe.Event.Data;
  cause: EventCause;
  apiVersion: string | null;
  id?: string;
  livemode?: boolean;
  /** The connected account that the event is about. */
  account?: string;
}

/** An event that is not stored yet. */
export function newEvent({
  type,
  created,
  data,
  cause,
  apiVersion,
  id = newId("evt"),
  livemode = false,
  account,
}: EventFields): StoredEvent {
  return {
    id,
    object: "event",
    ...present({ account }),
    api_version: apiVersion,
    created,
    data,
    livemode,
    pending_webhooks: 0,
    request: cause,
    type,
  };
}

/**
 * The old values of the properties that differ: the `previous_attributes` of an update event. Of a hash, only the keys that
 * differ; a key that is new was null.
 */
export function previousAttributes<T extends object>(before: T, after: T): Partial<T> {
  const previous: Partial<T> = {};
  for (const key in before) {
    if (!isDeepStrictEqual(before[key], after[key])) previous[key] = previousValue(before[key], after[key]);
  }
  return previous;
}

function previousValue<V>(before: V, after: V): V;
function previousValue(before: unknown, after: unknown): unknown {
  if (!isHash(before) || !isHash(after)) return before;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const differing = [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
  return Object.fromEntries(
    differing.map((key) => [key, Object.hasOwn(before, key) ? previousValue(before[key], after[key]) : null]),
  );
}

function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
