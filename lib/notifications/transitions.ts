/**
 * What changed about a subscription. A snapshot event says so itself (`previous_attributes`), in any order of the events. A
 * thin event does not: then what was told before the event is compared with the record now. Pure.
 */
import type { ObjectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { isThin, sidesOfSnapshot } from "../events/told-so-far.ts";
import { present } from "../present.ts";
import { isRecord, textOf } from "../untrusted.ts";

/** Whether the status became one of `statuses`, and was none of them before. */
export function became(statuses: readonly string[]): (applied: AppliedEvent) => boolean {
  return (applied) => {
    const { from, to } = statusChange(applied);
    return statuses.includes(to) && (from === undefined || !statuses.includes(from));
  };
}

/** Whether collecting payments was paused, or was resumed. */
export function collectionBecame(state: "paused" | "resumed"): (applied: AppliedEvent) => boolean {
  return (applied) => {
    const { from, to } = collectionChange(applied);
    return from !== to && to === (state === "paused");
  };
}

/** What an application sees of a subscription and an event can change. */
const SEEN = [
  "status",
  "items",
  "currentPeriodEnd",
  "cancelAtPeriodEnd",
  "cancelAt",
  "trialEnd",
  "collectionResumesAt",
] as const satisfies readonly (keyof ObjectState)[];

type Seen = (typeof SEEN)[number];

/** The earlier values of what an application sees of a subscription. */
export type Previous = Partial<Pick<ObjectState, Seen>>;

/**
 * Whether an end was scheduled or moved, or one was taken back. A subscription that ends now is neither.
 */
export function cancellationBecame(what: "scheduled" | "withdrawn"): (applied: AppliedEvent) => boolean {
  return (applied) => {
    const { from, to } = sidesOf(applied);
    if (to.final) return false;
    if (what === "withdrawn") return isEnding(from) && !isEnding(to);
    return isEnding(to) && (!isEnding(from) || from.cancelAt !== to.cancelAt);
  };
}

/** Whether anything else than the period changed: a price, a quantity, the trial, the status, the end of a pause. */
export function somethingChanged(applied: AppliedEvent): boolean {
  return changesOf(applied).some((name) => name !== "currentPeriodEnd");
}

/** Whether a new period began, and nothing else changed. */
export function periodChanged(applied: AppliedEvent): boolean {
  return changesOf(applied).includes("currentPeriodEnd") && applied.current.currentPeriodEnd !== undefined;
}

/** The earlier values of what this event changed, as far as there were any. */
export function previousOf(applied: AppliedEvent): Previous {
  const { from } = sidesOf(applied);
  const changed = changesOf(applied);
  return present({
    status: changed.includes("status") ? from.status : undefined,
    items: changed.includes("items") ? from.items : undefined,
    currentPeriodEnd: changed.includes("currentPeriodEnd") ? from.currentPeriodEnd : undefined,
    cancelAtPeriodEnd: changed.includes("cancelAtPeriodEnd") ? from.cancelAtPeriodEnd : undefined,
    cancelAt: changed.includes("cancelAt") ? from.cancelAt : undefined,
    trialEnd: changed.includes("trialEnd") ? from.trialEnd : undefined,
    collectionResumesAt: changed.includes("collectionResumesAt") ? from.collectionResumesAt : undefined,
  });
}

/** The names of what this event changed. A renewal changes the periods of items, which do not count as items. */
function changesOf(applied: AppliedEvent): readonly Seen[] {
  const { from, to } = sidesOf(applied);
  return SEEN.filter((name) => {
    if (name === "items") return soldIn(from) !== soldIn(to);
    // Older API versions show the period of the subscription, not of its items.
    if (name === "currentPeriodEnd" && applied.event.previous?.current_period_end !== undefined) return true;
    return from[name] !== to[name];
  });
}

/** The subscription before and after the event. */
function sidesOf({ event, before, current }: AppliedEvent): {
  readonly from: Previous;
  readonly to: ObjectState;
} {
  if (isThin(event)) return { from: before ?? current, to: current };
  const [from, to] = sidesOfSnapshot(event);
  return { from, to };
}

const isEnding = ({ cancelAt, cancelAtPeriodEnd }: Previous) =>
  cancelAt !== undefined || cancelAtPeriodEnd === true;

/** What is paid for, whatever the order and the ids of the items. */
const soldIn = ({ items = [] }: Previous) =>
  items
    .map(({ priceId, quantity }) => `${priceId} ${quantity}`)
    .sort()
    .join();

/** `from` is undefined if nobody knows it: nothing was recorded before. */
function statusChange({ event, told, before, current }: AppliedEvent): { from?: string; to: string } {
  const { previous, object } = event;
  if (previous === undefined) return { ...present({ from: before?.status }), to: current.status };
  const to = textOf(object.status) ?? told.status;
  return { from: textOf(previous.status) ?? to, to };
}

/** Whether collection was paused before, and is now. */
function collectionChange({ event, before, current }: AppliedEvent): { from: boolean; to: boolean } {
  const { previous, object } = event;
  if (previous === undefined)
    return { from: before?.pausedCollection !== undefined, to: current.pausedCollection !== undefined };
  const to = isRecord(object.pause_collection);
  return { from: Object.hasOwn(previous, "pause_collection") ? isRecord(previous.pause_collection) : to, to };
}
