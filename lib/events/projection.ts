/**
 * The last known state of Stripe's objects, in the table StripeObjects, the same for every order of their events (R10).
 * A newer event wins; if the events cannot show which is newer, Stripe is asked. Every write is conditional on the
 * version that was read before Stripe was asked, so that an outdated response is not written.
 */
import { changeItem, versionOf, writeUnlessChanged } from "../aws/change-item.ts";
import type { Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { type ObjectState, objectState } from "./object-state.ts";
import { compare, type Dated, winsWithoutStripe } from "./order.ts";
import { fetchObject, type ReadStripe } from "./resolve-event.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** An event after its state was recorded or found to be stale. */
export interface AppliedEvent {
  readonly event: StripeEvent;
  /** The object's state according to the event. */
  readonly told: ObjectState;
  /** The state recorded now: the same, or a newer one. */
  readonly current: ObjectState;
  /** True when a newer state was recorded already: then the event changed nothing. */
  readonly isStale: boolean;
}

/**
 * Records the object's state from `event`, unless a newer one is recorded. Throws SERVICE_UNAVAILABLE to be repeated.
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

/** The recorded state of an object. */
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
 * Records `state`, as Stripe returned it, in place of the state in `recorded`. False if the record has changed since it
 * was read. Later events are still compared with the event that was recorded last, so that this does not outdate an
 * event on its way.
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

/** Reads what this module wrote itself, so it checks only the fields that decide something. */
function stateFrom(kept: Item): ObjectState {
  const { objectType, status, final, ...rest } = kept;
  return { ...rest, objectType: String(objectType), status: String(status), final: final === true };
}
