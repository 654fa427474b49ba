/**
 * Lets one call at a time work on an item of the table SubscriptionClaims. A call whose outcome is unknown keeps its turn until its
 * lease ends, because Stripe may still be at work; only its own repetition gets the turn before that.
 */
import type { TimeLimit } from "../call-context.ts";
import { Problem } from "../errors.ts";
import { deleteAsOwner } from "../lease/lease.ts";
import { isAnswered } from "../stripe/is-answered.ts";
import { takeTurn } from "./one-at-a-time.ts";

const IS_THIS_CALL = "mark = :mark";

/**
 * `id`: of the item. `mark`: of the call, and of each repetition of it. Throws what `work` throws, and the problem of
 * `takeTurn`.
 */
export async function workAlone<T>(
  { id, mark }: { readonly id: string; readonly mark: string },
  limit: TimeLimit,
  work: () => Promise<T>,
): Promise<T> {
  const { lease } = await takeTurn(id, limit, () => ({
    conditions: { isFree: { expression: IS_THIS_CALL, values: { ":mark": mark } } },
    attributes: { mark },
  }));
  try {
    const result = await work();
    await deleteAsOwner(lease).catch(() => false);
    return result;
  } catch (thrown) {
    const isKnown = isAnswered(thrown) || (thrown instanceof Problem && !thrown.retryable);
    if (isKnown) await deleteAsOwner(lease).catch(() => false);
    throw thrown;
  }
}
