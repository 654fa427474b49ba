/**
 * The last known state of Stripe's objects, in the table StripeObjects. A newer event wins; where the events cannot
 * tell which is newer, Stripe is asked. Every write is conditional on the version that was read before Stripe was
 * asked, so that an answer that was overtaken on its way is not written.
 */
import { type Condition, getItem, type Item, putItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
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

/** More rounds than consumers that can be at one object at once; it ends sooner by the deadline. */
const MAX_ROUNDS = 20;

/**
 * Records the state that `event` tells, unless what is recorded is newer. Throws SERVICE_UNAVAILABLE to be repeated.
 */
export async function recordState(event: StripeEvent, read: ReadStripe): Promise<AppliedEvent> {
  const told = objectState(event.object, event.type);
  const incoming = { eventId: event.id, eventCreated: event.created, final: told.final };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: event.object.id });
    const stored = item === undefined ? undefined : storedFrom(item);
    const verdict = compare(stored?.dated, incoming);
    if (stored !== undefined && (verdict === "same" || verdict === "stale")) {
      return { event, told, current: stored.state, isStale: verdict === "stale" };
    }
    const current = verdict === "ask" ? await askStripe(event, stored, told, read) : told;
    if (await write(event, current, stored)) {
      return { event, told, current, isStale: current.status !== told.status };
    }
  }
  throw new Problem("SERVICE_UNAVAILABLE", `The state of ${event.object.id} changes too fast to be recorded`);
}

/** What is recorded of an object. */
export interface Recorded {
  readonly state: ObjectState;
  /** Changes with every write. */
  readonly version: number;
}

/** The record in an item of the table StripeObjects. */
export function recordedIn(item: Item): Recorded {
  const { state, version } = storedFrom(item);
  return { state, version };
}

/**
 * Records `state`, as Stripe answered it, in place of what `recorded` says. False when the record has changed since it
 * was read. The event that was recorded last stays the one that later ones are compared with: an event on its way is
 * not outdated by this.
 */
export function replaceState(objectId: string, state: ObjectState, recorded: Item): Promise<boolean> {
  const { eventId, eventType, eventCreated } = recorded;
  const { version } = storedFrom(recorded);
  return putItem(
    env("STRIPE_OBJECTS_TABLE"),
    {
      ...{ objectId, ...state, eventId, eventType, eventCreated },
      recordedAt: new Date().toISOString(),
      version: version + 1,
    },
    sameVersion(version),
  );
}

interface Stored {
  readonly dated: Dated;
  readonly state: ObjectState;
  readonly version: number;
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

function write(event: StripeEvent, state: ObjectState, stored: Stored | undefined): Promise<boolean> {
  return putItem(
    env("STRIPE_OBJECTS_TABLE"),
    {
      objectId: event.object.id,
      ...state,
      eventId: event.id,
      eventType: event.type,
      eventCreated: Math.max(event.created, stored?.dated.eventCreated ?? 0),
      recordedAt: new Date().toISOString(),
      version: (stored?.version ?? 0) + 1,
    },
    stored === undefined ? { expression: "attribute_not_exists(objectId)" } : sameVersion(stored.version),
  );
}

/** Records of the first release have no version: it counts as 0. */
function sameVersion(version: number): Condition {
  if (version === 0) {
    return { expression: "attribute_not_exists(#version)", names: { "#version": "version" } };
  }
  return {
    expression: "#version = :version",
    names: { "#version": "version" },
    values: { ":version": version },
  };
}

function storedFrom(item: Item): Stored {
  const { objectId: _key, eventId, eventType: _type, eventCreated, recordedAt: _at, version, ...kept } = item;
  const state = stateFrom(kept);
  return {
    dated: { eventId: String(eventId), eventCreated: Number(eventCreated), final: state.final },
    state,
    version: typeof version === "number" ? version : 0,
  };
}

/** What this module wrote itself, so that only what the code decides by is checked. */
function stateFrom(kept: Item): ObjectState {
  const { objectType, status, final, ...rest } = kept;
  return { ...rest, objectType: String(objectType), status: String(status), final: final === true };
}
