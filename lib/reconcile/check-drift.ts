/**
 * The drift check in the background: walks the table StripeObjects in slices and reports what Stripe says otherwise. It
 * mends nothing: a difference is a fault of ours that somebody should see (`npm run events -- drift --fix` fixes it).
 *
 * What differs is only suspected at first, as its event may be on its way; what still differs in the next run has
 * drifted.
 */

import { getItems, scanPage } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { present } from "../present.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";
import { type Drift, findDrift } from "./drift.ts";
import type { HeldTask } from "./progress.ts";

/** How many objects one run looks at. */
const SLICE = 200;
/**
 * A walk through the table begins once a day at most: Stripe allots read requests by the number of transactions.
 * https://docs.stripe.com/rate-limits
 */
const WALK_EVERY_MS = 24 * 60 * 60 * 1000;

interface Walk {
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Where the next slice begins; left out when the walk has ended. */
  readonly after?: string;
  /** Objects to look at again. */
  readonly suspects: readonly string[];
}

export interface DriftCheck {
  readonly checked: number;
  readonly suspected: number;
  readonly drifted: readonly Drift[];
}

/**
 * Looks at the suspects of the run before, and at the next slice. Throws what Stripe or DynamoDB failed with; then the
 * next run does the same.
 */
export async function checkDrift(
  task: HeldTask,
  { read, now, slice = SLICE }: { readonly read: ReadStripe; readonly now: Date; readonly slice?: number },
): Promise<DriftCheck> {
  const table = env("STRIPE_OBJECTS_TABLE");
  const walk = walkFrom(task.progress);
  const suspects = await getItems(
    table,
    walk.suspects.map((objectId) => ({ objectId })),
  );
  const drifted = await findDrift(suspects, read);
  const isOver = walk.after === undefined;
  const begins = isOver && walk.startedAt <= now.getTime() - WALK_EVERY_MS;
  if (isOver && !begins) {
    await task.save({ ...walk, suspects: [] });
    return { checked: suspects.length, suspected: 0, drifted };
  }
  const page = await scanPage(table, {
    limit: slice,
    after: walk.after === undefined ? undefined : { objectId: walk.after },
  });
  const known = new Set(suspects.map(({ objectId }) => objectId));
  const suspected = await findDrift(
    page.items.filter(({ objectId }) => !known.has(objectId)),
    read,
  );
  await task.save({
    startedAt: begins ? now.getTime() : walk.startedAt,
    ...present({ after: textOf(page.next?.objectId) }),
    suspects: suspected.map(({ objectId }) => objectId),
  });
  return { checked: suspects.length + page.items.length, suspected: suspected.length, drifted };
}

/** What an earlier run saved: of our own making, so that only its shape is checked. */
function walkFrom(saved: unknown): Walk {
  const { startedAt, after, suspects } = fieldsOf(saved);
  return {
    startedAt: numberOf(startedAt) ?? 0,
    ...present({ after: textOf(after) }),
    suspects: listOf(suspects).map(String),
  };
}
