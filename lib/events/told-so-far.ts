/**
 * What an application knows of an object from notifications. Events have told it of changes, which can be less than what is
 * recorded: the record is what Stripe had when it was asked, and an event that has not arrived yet tells of the rest. And each
 * notification has shown the whole state that was recorded then, which can be another than the one that was told. A thin event
 * is compared with both, not with the record, so that an application is told of every difference. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import type { Item } from "../aws/dynamodb.ts";
import { canonicalJson } from "../canonical-json.ts";
import { present } from "../present.ts";
import { isRecord } from "../untrusted.ts";
import { type ObjectState, objectState } from "./object-state.ts";
import { type Before, beforeIn, type Known, knownIn, NEWSWORTHY, type Newsworthy } from "./recorded.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** The kinds of which thin events are compared with what was told. */
const COMPARED: ReadonlySet<string> = new Set(["subscription", "refund"]);
/** Such an event says only that something is about to happen. */
const FORECAST = "customer.subscription.trial_will_end";

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
 * The attributes of the record for the next thin event. `before` stays until another thin event reports something: should the
 * consumer of this one die, it reports its part when it is delivered again, whatever was applied meanwhile.
 */
export function toldFields(applied: Applied, item: Item | undefined): Item {
  const { event, current, before } = applied;
  const isReported = isThinChange(event) && (before === undefined || !isSame(before, beforeIn(current)));
  const compared = isReported
    ? { before, beforeOf: event.id }
    : { before: item?.before, beforeOf: item?.beforeOf };
  return { ...present(compared), ...knownFields(knownAfter(item && knownIn(item), applied), current) };
}

/** The same attributes, of a record that is replaced by what Stripe returned. Nothing is told by that. */
export function toldFieldsKept(item: Item | undefined, recorded: ObjectState): Item {
  if (!COMPARED.has(recorded.objectType)) return {};
  const { before, beforeOf } = item ?? {};
  const known = item === undefined ? { told: {}, shown: {} } : knownIn(item);
  return { ...present({ before, beforeOf }), ...knownFields(known, recorded) };
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
    return known === undefined || isSameIn(name, known.shown, known.told) ? told : known.shown;
  });
  return { told, shown };
}

/** What is told of the object after an event that is no thin change. */
function toldAfter(known: Before | undefined, { event, told, current }: Applied): Before {
  const { status, ...shown } = beforeIn(told);
  const before: Before = { ...(isCreation(event) ? present({ status }) : {}), ...(known ?? shown) };
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
  if (!isUpdate(event)) return isCreation(event) || event.type === FORECAST ? [] : ["status"];
  const [from, to] = sidesOfSnapshot(event);
  return NEWSWORTHY.filter((name) => !isDeepStrictEqual(from[name], to[name]));
}

/** What differs from the record: usually nothing. */
function knownFields({ told, shown }: Known, recorded: ObjectState): Item {
  return {
    ...(isSame(told, beforeIn(recorded)) ? {} : { toldSoFar: told }),
    ...(isSame(shown, told) ? {} : { shownSoFar: shown }),
  };
}

/** Each field from the side that `sideOf` chooses for it. */
function eachField(sideOf: (name: Newsworthy) => Before): Before {
  return beforeIn(Object.fromEntries(NEWSWORTHY.map((name) => [name, sideOf(name)[name]])));
}

const isSame = (one: Before, other: Before) => canonicalJson(one) === canonicalJson(other);
const isSameIn = (name: Newsworthy, one: Before, other: Before) =>
  isSame({ [name]: one[name] }, { [name]: other[name] });

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
