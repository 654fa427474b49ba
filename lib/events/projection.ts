/**
 * The last known state of Stripe's objects, in the table StripeObjects, the same for every order of their events (R10).
 * A newer event wins; where the events cannot tell which is newer, Stripe is asked. Every write is conditional on the
 * version that was read before Stripe was asked, so that a response that was overtaken on its way is not written.
 */
import { changeItem, versionOf, writeUnlessChanged } from "../aws/change-item.ts";
import type { Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { type ObjectState, objectState } from "./object-state.ts";
import { compare, type Dated, winsWithoutStripe } from "./order.ts";
import { fetchObject, type ReadStripe } from "./resolve-event.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** An event that was applied. */
export interface AppliedEvent {
  readonly event: StripeEvent;
  /** What the event itself says of its object. */
  readonly told: ObjectState;
  /** What is recorded now: the same, or something newer. */
  readonly current: ObjectState;
  /** True when the object has moved on since: then the event changed nothing. */
  readonly isStale: boolean;
}

/**
 * Records the state that `event` tells, unless what is recorded is newer. Throws SERVICE_UNAVAILABLE to be repeated.
 */
export function recordState(
  event: StripeEvent,
  { read, now }: { readonly read: ReadStripe; readonly now: () => Date },
): Promise<AppliedEvent> {
  const told = objectState(event.object, event.type);
  const incoming = { eventId: event.id, eventCreated: event.created, final: told.final };
  return changeItem<AppliedEvent>(
    env("STRIPE_OBJECTS_TABLE"),
    { objectId: event.object.id },
    async (item) => {
      const stored = item === undefined ? undefined : storedFrom(item);
      const verdict = compare(stored?.dated, incoming);
      if (stored !== undefined && (verdict === "same" || verdict === "stale")) {
        return { result: { event, told, current: stored.state, isStale: verdict === "stale" } };
      }
      const current = verdict === "ask" ? await askStripe(event, stored, told, read) : told;
      return {
        item: recordOf(event, current, stored, now()),
        result: { event, told, current, isStale: current.status !== told.status },
      };
    },
  );
}

/** What is recorded of an object. */
export interface Recorded {
  readonly state: ObjectState;
  /** Changes with every write. */
  readonly version: number;
}

/** The record in an item of the table StripeObjects. */
export function recordedIn(item: Item): Recorded {
  return { state: storedFrom(item).state, version: versionOf(item) };
}

/**
 * Records `state`, as Stripe returned it, in place of what `recorded` says. False when the record has changed since it
 * was read. The event that was recorded last stays the one that later ones are compared with: an event on its way is
 * not outdated by this.
 */
export function replaceState(
  objectId: string,
  state: ObjectState,
  recorded: Item,
  now: Date,
): Promise<boolean> {
  const { eventId, eventType, eventCreated } = recorded;
  const item = { ...state, eventId, eventType, eventCreated, recordedAt: now.toISOString() };
  return writeUnlessChanged(env("STRIPE_OBJECTS_TABLE"), { objectId }, item, recorded);
}

interface Stored {
  readonly dated: Dated;
  readonly state: ObjectState;
}

async function askStripe(
  event: StripeEvent,
  stored: Stored | undefined,
  told: ObjectState,
  read: ReadStripe,
): Promise<ObjectState> {
  const found = await fetchObject(told.objectType, event.object.id, read);
  if (found !== undefined) return objectState(found);
  const incoming = { eventId: event.id, eventCreated: event.created, final: told.final };
  return stored === undefined || winsWithoutStripe(stored.dated, incoming) ? told : stored.state;
}

function recordOf(event: StripeEvent, state: ObjectState, stored: Stored | undefined, now: Date): Item {
  return {
    ...state,
    eventId: event.id,
    eventType: event.type,
    eventCreated: Math.max(event.created, stored?.dated.eventCreated ?? 0),
    recordedAt: now.toISOString(),
  };
}

function storedFrom(item: Item): Stored {
  const {
    objectId: _key,
    eventId,
    eventType: _type,
    eventCreated,
    recordedAt: _at,
    version: _v,
    ...kept
  } = item;
  const state = stateFrom(kept);
  return {
    dated: { eventId: String(eventId), eventCreated: Number(eventCreated), final: state.final },
    state,
  };
}

/** What this module wrote itself, so that only what the code decides by is checked. */
function stateFrom(kept: Item): ObjectState {
  const { objectType, status, final, ...rest } = kept;
  return { ...rest, objectType: String(objectType), status: String(status), final: final === true };
}
