/**
 * What events have told of an object. That can be less than what is recorded: the record is what Stripe has now, and an event
 * that has not arrived yet tells of the rest. A thin event is compared with this, not with the record, so that a change which
 * another event recorded in passing is still reported. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../untrusted.ts";
import { type ObjectState, objectState } from "./object-state.ts";
import { type Before, beforeIn, NEWSWORTHY } from "./recorded.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** The kinds of which thin events are compared with what was told. */
const COMPARED: ReadonlySet<string> = new Set(["subscription", "refund"]);
/** Such an event says only that something is about to happen. */
const FORECAST = "customer.subscription.trial_will_end";

/** `told` is the state according to the event, `current` the one that is recorded with it. */
export interface Telling {
  readonly event: StripeEvent;
  readonly told: ObjectState;
  readonly current: ObjectState;
}

/**
 * What is told of the object after the event; `known` was told before it, and is undefined for the first event. Who is told that a
 * field has changed is told its current value.
 */
export function toldAfter(known: Before | undefined, telling: Telling): Before {
  const { event, told, current } = telling;
  if (!COMPARED.has(current.objectType)) return beforeIn(current);
  const isCreation = event.type.endsWith(".created");
  const isUpdate = event.type.endsWith(".updated");
  if (isThin(event) && (isCreation || isUpdate)) return beforeIn(current);
  const { status: _untold, ...shown } = beforeIn(told);
  const before: Before = { ...(isCreation ? { status: told.status } : {}), ...(known ?? shown) };
  return withFields(before, current, isUpdate ? changedBy(event) : statusTold(telling));
}

/** An event with a meaning of its own tells of the status that it led to, unless the object has another one since. */
function statusTold({ event, told, current }: Telling): readonly (keyof Before)[] {
  if (event.type.endsWith(".created") || event.type === FORECAST) return [];
  return told.status === current.status ? ["status"] : [];
}

/** The fields that a snapshot event says have changed. */
function changedBy(event: StripeEvent): readonly (keyof Before)[] {
  const [from, to] = sidesOfSnapshot(event).map(beforeIn);
  if (from === undefined || to === undefined) return [];
  return NEWSWORTHY.filter((name) => !isDeepStrictEqual(from[name], to[name]));
}

function withFields(known: Before, current: ObjectState, names: readonly (keyof Before)[]): Before {
  const kept = Object.entries(known).filter(([name]) => !names.some((changed) => changed === name));
  const now = Object.entries(beforeIn(current)).filter(([name]) => names.some((changed) => changed === name));
  return Object.fromEntries([...kept, ...now]);
}

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
