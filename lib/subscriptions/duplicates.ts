/** Which of a customer's live subscriptions are one too many. Pure. */
import { isBegun, type LiveSubscription } from "./live-subscriptions.ts";

export interface Duplicate {
  readonly subscription: LiveSubscription;
  /** The live one to the same product that stays. */
  readonly of: LiveSubscription;
}

/**
 * Every subscription to a product to which an earlier one stays. One that has begun stays before one that waits for its first
 * payment, then the older one does. One that a caller allowed as a second is never a duplicate, but later ones can be
 * duplicates of it. The result depends on the subscriptions only, not on their order.
 */
export function duplicatesIn(live: readonly LiveSubscription[]): Duplicate[] {
  const staying: LiveSubscription[] = [];
  const duplicates: Duplicate[] = [];
  for (const subscription of live.toSorted(byPrecedence)) {
    const of = staying.find((other) => excludes(other, subscription));
    if (of === undefined || subscription.isSecond) staying.push(subscription);
    else duplicates.push({ subscription, of });
  }
  return duplicates;
}

function byPrecedence(a: LiveSubscription, b: LiveSubscription): number {
  if (isBegun(a) !== isBegun(b)) return isBegun(a) ? -1 : 1;
  return byAge(a, b);
}

/** Subscriptions of one second are compared by id, so that every look at them ends alike. */
function byAge(a: LiveSubscription, b: LiveSubscription): number {
  return a.created - b.created || (a.id < b.id ? -1 : 1);
}

/** An allowed second one does not end the one in addition to which it was created. */
function excludes(staying: LiveSubscription, other: LiveSubscription): boolean {
  return (
    staying.productIds.some((id) => other.productIds.includes(id)) &&
    (!staying.isSecond || byAge(staying, other) < 0)
  );
}
