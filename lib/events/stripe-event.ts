/**
 * Stripe's events as webhooks and queues carry them, read from JSON without trusting its shape: snapshots, thin events,
 * and references to events that SQS refused. Pure.
 */
import { present } from "../present.ts";
import { type Fields, fieldsOf, isRecord, isUnixTime, parseJson, textOf } from "../untrusted.ts";
import { withSummaryId } from "./entitlement-summary.ts";

/** An event with its object, as the consumers work with it. */
export interface StripeEvent extends EventHead {
  /** The object from `data.object`, in the shape of `apiVersion`, or from Stripe if the event contains none. */
  readonly object: StripeObject;
  /**
   * `data.previous_attributes`: the old values of the fields that an update changed. Left out if the event cannot say what
   * changed.
   */
  readonly previous?: Readonly<Record<string, unknown>>;
}

export type StripeObject = Readonly<Record<string, unknown>> & { readonly id: string };

/** The fields that every event has. */
export interface EventHead {
  /** `evt_...` */
  readonly id: string;
  /** Such as `payment_intent.succeeded`; without the prefix `v1.` of a thin event. */
  readonly type: string;
  /** Unix seconds, UTC. Related events often share it. */
  readonly created: number;
  readonly livemode: boolean;
  /**
   * The API version in which Stripe rendered the object when the event was created. Stripe never renders it again, whichever
   * version asks for it. Left out if Stripe does not say, as for events before 2014-10-31 and for events without an object.
   */
  readonly apiVersion?: string;
  /** The connected account, or the context of a thin event, that the event comes from; left out if it is our own account's. */
  readonly account?: string;
}

/** An event in one of the forms that a queue can contain. */
export type QueuedEvent =
  | { readonly kind: "snapshot"; readonly head: EventHead; readonly event: StripeEvent }
  /**
   * The snapshot, or the object if no snapshot exists, must be fetched from Stripe. `head.id` is the snapshot's id, so
   * that both are one event to the inbox. `objectId` is missing if the event is not about an object.
   */
  | {
      readonly kind: "thin";
      readonly head: EventHead;
      readonly hasSnapshot: boolean;
      readonly objectType?: string;
      readonly objectId?: string;
    }
  /** The whole event must be fetched from Stripe. */
  | { readonly kind: "reference"; readonly head: EventHead }
  /** Not about an object with an id, such as `balance.available`: no consumer can record its state. */
  | { readonly kind: "opaque"; readonly head: EventHead };

const REFERENCE = "contractspec.event-reference";

/** The event in `body`, in any of its forms; undefined if it is not an event. */
export function readQueuedEvent(body: string): QueuedEvent | undefined {
  const value = fieldsOf(parseJson(body));
  if (value.object === "v2.core.event") return readThinEvent(value);
  const head = headOf(value, value.created);
  if (head === undefined) return undefined;
  if (value.object === REFERENCE) return { kind: "reference", head };
  const event = snapshotOf(value, head);
  return event === undefined ? { kind: "opaque", head } : { kind: "snapshot", head, event };
}

/** A snapshot event, from a webhook's body or from Stripe's API; undefined if it is not one. */
export function readSnapshot(value: unknown): StripeEvent | undefined {
  const event = fieldsOf(value);
  const head = headOf(event, event.created);
  return head === undefined ? undefined : snapshotOf(event, head);
}

function snapshotOf(event: Fields, head: EventHead): StripeEvent | undefined {
  const { object: sent, previous_attributes: previous } = fieldsOf(event.data);
  const object = withSummaryId(sent);
  return isStripeObject(object) ? { ...head, object, previous: fieldsOf(previous) } : undefined;
}

/** The message to queue in place of an event that SQS refuses. */
export function referenceTo({ id, type, created, livemode, account }: EventHead): string {
  return JSON.stringify({ object: REFERENCE, id, type, created, livemode, account });
}

/** Id of the object that the event is about; undefined if only Stripe knows it. */
export function objectIdOf(queued: QueuedEvent): string | undefined {
  if (queued.kind === "snapshot") return queued.event.object.id;
  return queued.kind === "thin" ? queued.objectId : undefined;
}

export function isStripeObject(value: unknown): value is StripeObject {
  return isRecord(value) && isWord(value.id);
}

/** Ids and types are stored and logged, so free text in their place must be refused. */
export function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[\w.-]{1,255}$/.test(value);
}

function readThinEvent(value: Fields): QueuedEvent | undefined {
  const created =
    typeof value.created === "string" ? Math.floor(Date.parse(value.created) / 1000) : Number.NaN;
  const head = headOf(value, created);
  if (head === undefined) return undefined;
  const { type, id } = fieldsOf(value.related_object);
  const { snapshot_event: snapshot } = value;
  const hasSnapshot = isWord(snapshot);
  return {
    kind: "thin",
    head: { ...head, id: hasSnapshot ? snapshot : head.id, type: head.type.replace(/^v1\./, "") },
    hasSnapshot,
    ...(isWord(type) ? { objectType: type } : {}),
    ...(isWord(id) ? { objectId: id } : {}),
  };
}

function headOf(value: Fields, created: unknown): EventHead | undefined {
  const { id, type, livemode } = value;
  if (!isWord(id) || !isWord(type)) return undefined;
  if (!isUnixTime(created)) return undefined;
  return {
    ...{ id, type, created, livemode: livemode === true },
    ...present({
      apiVersion: textOf(value.api_version),
      account: textOf(value.account) || textOf(value.context) || undefined,
    }),
  };
}
