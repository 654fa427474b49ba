/**
 * What changed about a subscription. A snapshot event says so itself (`previous_attributes`), in any order of the events. A
 * thin event does not: then the record from before the event is compared with the record now. Pure.
 */
import type { AppliedEvent } from "../events/projection.ts";
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
