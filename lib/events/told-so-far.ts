/**
 * What an application knows of an object from notifications. Events have told it of changes, which can be less than what is
 * recorded: the record is what Stripe had when it was asked, and an event that has not arrived yet tells of the rest. And each
 * notification has shown the whole state that was recorded then, which can be another than the one that was told. A thin event
 * is compared with both, not with the record, so that an application is told of every difference. Pure.
 */
import type { Item } from "../aws/dynamodb.ts";
import { canonicalJson } from "../canonical-json.ts";
import { present } from "../present.ts";
import { fieldsOf, isRecord } from "../untrusted.ts";
import { type ObjectState, objectState } from "./object-state.ts";
import {
  type Before,
  beforeIn,
  eachField,
  type Known,
  knownIn,
  NEWSWORTHY,
  type Newsworthy,
} from "./recorded.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** The kinds of which thin events are compared with what was told. */
const COMPARED: ReadonlySet<string> = new Set(["subscription", "refund"]);
/** Such an event says only that something is about to happen: the end of a trial. */
const FORECAST = "_will_end";

/** `told` is the state according to the event, `current` the one that is recorded with it. */
export interface Applied {
  readonly event: StripeEvent;
  readonly told: ObjectState;
  readonly current: ObjectState;
  readonly before?: Before;
}

/**
 * What a thin event that finds the object as in `current` is compared with: what was told of a field, or what a notification
 * has shown of it if that differs from the present value.
 */
export function comparedWith({ told, shown }: Known, current: ObjectState): Before {
  const now = beforeIn(current);
  return eachField((name) => (isSameIn(name, told, now) ? shown : told));
}

/**
 * The attribute of the record for the next thin event, if there is anything to keep. `before` stays until another thin event
 * reports something: should the consumer of this one die, it reports its part when it is delivered again, whatever was applied meanwhile.
 */
export function toldFields(applied: Applied, item: Item | undefined): Item {
  const { event, current, before } = applied;
  const isReported = isThinChange(event) && !(before && isSame(before, beforeIn(current)));
  const known = knownAfter(item && knownIn(item), applied);
  return toldField(known, current, isReported ? { before, beforeOf: event.id } : item?.told);
}

/** The same attribute, of a record that is replaced by what Stripe returned. Nothing is told by that. */
export function toldFieldsKept(item: Item | undefined, recorded: ObjectState): Item {
  if (!COMPARED.has(recorded.objectType)) return {};
  return toldField(item ? knownIn(item) : { told: {}, shown: {} }, recorded, item?.told);
}

/** What differs from the record: usually nothing. */
function toldField({ told, shown }: Known, recorded: ObjectState, compared: unknown): Item {
  const field = present({
    ...fieldsOf(compared),
    soFar: isSame(told, beforeIn(recorded)) ? undefined : told,
    shown: isSame(shown, told) ? undefined : shown,
  });
  return Object.keys(field).length === 0 ? {} : { told: field };
}

/** What an application knows after the event; `known` before it, which is undefined for the first event. */
function knownAfter(known: Known | undefined, applied: Applied): Known {
  const { event, current } = applied;
  const now = beforeIn(current);
  if (!COMPARED.has(current.objectType) || isThinChange(event)) return { told: now, shown: now };
  const told = toldAfter(known?.told, applied);
  const isShown = !isUpdate(event) || toldBy(event).length > 0;
  const shown = eachField((name) => {
    if (isShown && !isSameIn(name, told, now)) return now;
    return known && !isSameIn(name, known.shown, known.told) ? known.shown : told;
  });
  return { told, shown };
}

/** What is told of the object after a snapshot, or after a thin event that is no creation and no update. */
function toldAfter(known: Before | undefined, { event, told, current }: Applied): Before {
  const before = eachField((name) => {
    if (name !== "status") return known ?? told;
    return isCreation(event) ? { ...told, ...known } : (known ?? {});
  });
  const now = beforeIn(current);
  // A later event may have told the present value already.
  const names = toldBy(event).filter((name) => !isSameIn(name, before, now));
  return eachField((name) => (names.includes(name) ? told : before));
}

const isUpdate = ({ type }: StripeEvent) => type.endsWith(".updated");
const isCreation = ({ type }: StripeEvent) => type.endsWith(".created");
const isThinChange = (event: StripeEvent) => isThin(event) && (isCreation(event) || isUpdate(event));

/** The fields that the event tells of: what a snapshot says has changed, or the status that gives the event its name. */
function toldBy(event: StripeEvent): readonly Newsworthy[] {
  if (!isUpdate(event)) return isCreation(event) || event.type.endsWith(FORECAST) ? [] : ["status"];
  const [from, to] = sidesOfSnapshot(event);
  return NEWSWORTHY.filter((name) => !isSameIn(name, from, to));
}

const isSame = (one: Before, other: Before) => canonicalJson(one) === canonicalJson(other);
const isSameIn = (name: Newsworthy, one: Before, other: Before) =>
  canonicalJson([one[name]]) === canonicalJson([other[name]]);

/** Whether the event shows its object as it is now, and does not say what changed. */
export function isThin({ previous }: StripeEvent): boolean {
  return previous === undefined;
}

/** The object before and after a snapshot event, both in the shape of the event's API version. */
export function sidesOfSnapshot(event: StripeEvent): readonly [from: ObjectState, to: ObjectState] {
  const { previous = {}, object, type } = event;
  // Of a field with fields of its own, the event has only those that changed.
  const earlier = Object.entries(previous).map(([name, value]) => [
    name,
    isRecord(value) && isRecord(object[name]) ? { ...object[name], ...value } : value,
  ]);
  return [objectState({ ...object, ...Object.fromEntries(earlier) }, type), objectState(object, type)];
}
