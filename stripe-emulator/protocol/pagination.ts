import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "./errors.ts";
import type { PageParameters, Range } from "./parameter-kinds.ts";

const DEFAULT_LIMIT = 10;

/**
 * One page of a list, newest first. `items` are oldest first, as the store keeps them. The cursor is looked up among all
 * items, and only then is `isWanted` applied: an item that no longer matches the filter is still a valid cursor. Throws
 * 400 for a cursor that does not exist. https://docs.stripe.com/api/pagination
 */
export function page<T extends { id: string }>(
  items: readonly T[],
  parameters: PageParameters,
  url: string,
  isWanted: (item: T) => boolean = () => true,
): Stripe.ApiList<T> {
  const { limit = DEFAULT_LIMIT, starting_after: after, ending_before: before } = parameters;
  const newestFirst = items.toReversed();
  if (after !== undefined && before !== undefined) {
    throw invalidRequest("You can only specify one of these parameters: starting_after, ending_before.");
  }
  if (before !== undefined) {
    const newer = newestFirst.slice(0, positionOf(newestFirst, before, "ending_before")).filter(isWanted);
    return { object: "list", data: newer.slice(-limit), has_more: newer.length > limit, url };
  }
  const start = after === undefined ? 0 : positionOf(newestFirst, after, "starting_after") + 1;
  const older = newestFirst.slice(start).filter(isWanted);
  return { object: "list", data: older.slice(0, limit), has_more: older.length > limit, url };
}

/** Whether the value lies within all bounds of the range; without a range, always. */
export function inRange(value: number, range: Range | undefined): boolean {
  if (range === undefined) return true;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return value > gt && value >= gte && value < lt && value <= lte;
}

function positionOf(items: readonly { id: string }[], id: string, param: string): number {
  const position = items.findIndex((item) => item.id === id);
  if (position === -1) throw resourceMissing("object", id, param, 400);
  return position;
}
