/**
 * What events have told of an object. That can be less than what is recorded: the record is what Stripe has now, and an event
 * that has not arrived yet tells of the rest. A thin event is compared with this, not with the record, so that a change which
 * another event recorded in passing is still reported. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import type { Item } from "../aws/dynamodb.ts";
import { canonicalJson } from "../canonical-json.ts";
import { present } from "../present.ts";
import { isRecord } from "../untrusted.ts";
import { type ObjectState, objectState } from "./object-state.ts";
import { type Before, beforeIn, NEWSWORTHY, toldIn } from "./recorded.ts";
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
}

/** What is told of the object after the event; `known` was told before it, and is undefined for the first event. */
export function toldAfter(known: Before | undefined, applied: Applied): Before {
  const { event, told, current } = applied;
  if (!COMPARED.has(current.objectType)) return beforeIn(current);
  const isCreation = event.type.endsWith(".created");
  if (isThin(event) && (isCreation || isUpdate(event))) return beforeIn(current);
  const { status, ...shown } = beforeIn(told);
  const before: Before = { ...(isCreation ? present({ status }) : {}), ...(known ?? shown) };
  const now = beforeIn(current);
  // A later event may have told the present value already.
  const names = toldBy(event).filter((name) => !isSame({ [name]: before[name] }, { [name]: now[name] }));
  const isTold = ([name]: readonly [string, unknown]) => names.some((told) => told === name);
  return Object.fromEntries([
    ...Object.entries(before).filter((field) => !isTold(field)),
    ...Object.entries(beforeIn(told)).filter(isTold),
  ]);
}

const isUpdate = ({ type }: StripeEvent) => type.endsWith(".updated");

/** The fields that the event tells of: what a snapshot says has changed, or the status that gives the event its name. */
function toldBy(event: StripeEvent): readonly (keyof Before)[] {
  if (!isUpdate(event)) return event.type.endsWith(".created") || event.type === FORECAST ? [] : ["status"];
  const [from, to] = sidesOfSnapshot(event);
  return NEWSWORTHY.filter((name) => !isDeepStrictEqual(from[name], to[name]));
}

/**
 * The attributes of the record for the next thin event, of which `told` is told now. `before` stays until another thin event reports
 * something: should the consumer of this one die, it reports its part when it is delivered again, whatever was applied meanwhile.
 */
export function toldFields(applied: Applied, told: Before, item: Item | undefined): Item {
  const known = item && toldIn(item);
  const isReported = isThin(applied.event) && (known === undefined || !isSame(told, known));
  const compared = isReported
    ? { before: known, beforeOf: applied.event.id }
    : { before: item?.before, beforeOf: item?.beforeOf };
  return { ...present(compared), ...toldSoFar(told, applied.current) };
}

/** What events have told, if that is not all that is recorded. */
export function toldSoFar(told: Before, recorded: ObjectState): Item {
  return isSame(told, beforeIn(recorded)) ? {} : { toldSoFar: told };
}

export const isSame = (one: Before, other: Before) => canonicalJson(one) === canonicalJson(other);

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
