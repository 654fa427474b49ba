/** Reads the records of the table StripeObjects, which projection.ts writes. */
import { versionOf } from "../aws/change-item.ts";
import type { Item } from "../aws/dynamodb.ts";
import { present } from "../present.ts";
import { fieldOf, isRecord, textOf, textsOf } from "../untrusted.ts";
import type { ObjectState } from "./object-state.ts";
import type { Dated } from "./order.ts";
import { openEmail, openMetadata } from "./sealed-metadata.ts";

/** The fields of a state that decide whether an event is news. */
export const NEWSWORTHY = [
  "status",
  "pausedCollection",
  "collectionResumesAt",
  "items",
  "currentPeriodEnd",
  "cancelAtPeriodEnd",
  "cancelAt",
  "trialEnd",
] as const satisfies readonly (keyof ObjectState)[];

export type Newsworthy = (typeof NEWSWORTHY)[number];

/** What an application knew of an object before an event. Without a status if no event has told of one. */
export type Before = Partial<Pick<ObjectState, Newsworthy>>;

/** What an application knows of an object: see told-so-far.ts. */
export interface Known {
  /** What events have told. */
  readonly told: Before;
  /** The same, but with the values that notifications have shown besides. */
  readonly shown: Before;
}

/** The recorded state of an object. */
export interface Recorded {
  readonly state: ObjectState;
  /** Changes with every write. */
  readonly version: number;
  /** False if the object has metadata that no secret of ours opens. Then `state` has none. */
  readonly isComplete: boolean;
}

/** The record in an item of the table StripeObjects. Throws SERVICE_UNAVAILABLE without APP_SECRET. */
export async function recordedIn(item: Item): Promise<Recorded> {
  const { state, isComplete } = await storedFrom(item);
  return { state, version: versionOf(item), isComplete };
}

/**
 * The types of the events that were applied to the object, in alphabetical order. For a record from before they were noted:
 * the type of the event that was recorded last.
 */
export function seenIn(item: Item | undefined): readonly string[] {
  if (Array.isArray(item?.seen)) return textsOf(item.seen);
  const last = textOf(item?.eventType) ?? "";
  return last === "" ? [] : [last];
}

export interface Stored {
  readonly dated: Dated;
  /** What the last thin event that reported something was compared with. */
  readonly before: Before | undefined;
  readonly known: Known;
  readonly state: ObjectState;
  /** False if its metadata could not be opened. */
  readonly isComplete: boolean;
}

/** `otherwise` has what does not open: an event about the object has it too. */
export async function storedFrom(item: Item, otherwise?: ObjectState): Promise<Stored> {
  const {
    objectId,
    eventId,
    eventType: _type,
    eventCreated,
    recordedAt: _at,
    version: _v,
    told: _told,
    metadata,
    email,
    stateOf: _index,
    awaitsCreation: _awaits,
    expiryReported: _reported,
    seen: _seen,
    references: _references,
    ...kept
  } = item;
  const opened = await openMetadata(String(objectId), metadata);
  const openedEmail = await openEmail(String(objectId), email);
  const isComplete = opened !== "unreadable" && openedEmail !== "unreadable";
  const state = {
    ...stateFrom(kept),
    ...present({
      metadata: opened === "unreadable" ? otherwise?.metadata : opened,
      email: openedEmail === "unreadable" ? otherwise?.email : openedEmail,
    }),
  };
  return {
    dated: { eventId: String(eventId), eventCreated: Number(eventCreated), final: state.final },
    before: beforeFrom(fieldOf(item.told, "before")),
    known: knownIn(item),
    state,
    isComplete,
  };
}

/** The newsworthy fields of a state. */
export const beforeIn = (state: Before): Before => eachField(() => state);

/** Each newsworthy field, from the side that `sideOf` chooses for it. */
export function eachField(sideOf: (name: Newsworthy) => Before): Before {
  return present(Object.fromEntries(NEWSWORTHY.map((name) => [name, sideOf(name)[name]])));
}

/** What an application knows of the object in the item. */
export function knownIn(item: Item): Known {
  const told = beforeFrom(fieldOf(item.told, "soFar")) ?? beforeIn(stateFrom(item));
  return { told, shown: beforeFrom(fieldOf(item.told, "shown")) ?? told };
}

function beforeFrom(kept: unknown): Before | undefined {
  return isRecord(kept) ? eachField((name) => (kept[name] === undefined ? {} : stateFrom(kept))) : undefined;
}

/** Reads what this module wrote itself, so it checks only the fields that decide something. */
function stateFrom(kept: Item): ObjectState {
  const { objectType, status, final, ...rest } = kept;
  return { ...rest, objectType: String(objectType), status: String(status), final: final === true };
}
