/**
 * What changed about a subscription. A snapshot event says so itself (`previous_attributes`), in any order of the events. A
 * thin event does not: then the record from before the event is compared with the record now. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { type ObjectState, objectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
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

/** The earlier values of what an application sees of a subscription. */
export type Previous = Partial<Pick<ObjectState, "status" | "items" | "cancelAtPeriodEnd" | "cancelAt">>;

/** Whether an end was scheduled that was not, or one was taken back. A subscription that ends now is neither. */
export function cancellationBecame(what: "scheduled" | "withdrawn"): (applied: AppliedEvent) => boolean {
  return (applied) => {
    const { from, to } = sidesOf(applied);
    return !to.final && isEnding(from) !== isEnding(to) && isEnding(to) === (what === "scheduled");
  };
}

/** Whether prices or quantities changed. A renewal changes the periods of items, which does not count. */
export function itemsChanged(applied: AppliedEvent): boolean {
  return previousOf(applied).items !== undefined;
}

/** The earlier values of what this event changed. */
export function previousOf(applied: AppliedEvent): Previous {
  const { from, to } = sidesOf(applied);
  return present({
    status: from.status === to.status ? undefined : from.status,
    items: isDeepStrictEqual(soldIn(from), soldIn(to)) ? undefined : from.items,
    cancelAtPeriodEnd: from.cancelAtPeriodEnd === to.cancelAtPeriodEnd ? undefined : from.cancelAtPeriodEnd,
    cancelAt: from.cancelAt === to.cancelAt ? undefined : from.cancelAt,
  });
}

/** The subscription before and after the event. */
function sidesOf({ event, before, current, told }: AppliedEvent): {
  readonly from: Previous;
  readonly to: ObjectState;
} {
  const { previous, object } = event;
  return previous === undefined
    ? { from: before ?? current, to: current }
    : { from: objectState({ ...object, ...previous }), to: told };
}

const isEnding = ({ cancelAt, cancelAtPeriodEnd }: Previous) =>
  cancelAt !== undefined || cancelAtPeriodEnd === true;

/** What is paid for, whatever the order and the ids of the items. */
const soldIn = ({ items = [] }: Previous) =>
  items.map(({ priceId, quantity }) => `${priceId} ${quantity}`).sort();

/** `from` is undefined if nobody knows it: nothing was recorded before. */
function statusChange({ event, told, before, current }: AppliedEvent): { from?: string; to: string } {
  const { previous, object } = event;
  if (previous === undefined)
    return { ...(before === undefined ? {} : { from: before.status }), to: current.status };
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
