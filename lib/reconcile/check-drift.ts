/**
 * The drift check in the background: walks the table StripeObjects in slices and reports every record that differs from
 * Stripe. It fixes nothing: a difference is a bug of ours that somebody should see (`npm run events -- drift --fix`
 * fixes the record).
 *
 * At first, a record that differs is only a suspect, because its event can be on its way. If it still differs in the
 * next run, it has drifted.
 */

import { getItems, scanPage } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { isReferenceItem } from "../events/references.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { present } from "../present.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";
import { type Drift, findDrift } from "./drift.ts";
import type { HeldTask } from "./progress.ts";

/** How many objects one run checks. */
const SLICE = 200;
/**
 * A walk through the table begins at most once a day: Stripe limits read requests in proportion to the number of
 * transactions. https://docs.stripe.com/rate-limits
 */
const WALK_EVERY_MS = 24 * 60 * 60 * 1000;

interface Walk {
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Where the next slice begins; left out when the walk has ended. */
  readonly after?: string;
  /** Objects to check again. */
  readonly suspects: readonly string[];
}

export interface DriftCheck {
  readonly checked: number;
  readonly suspected: number;
  readonly drifted: readonly Drift[];
}

/**
 * Looks at the previous run's suspects, and at the next slice. Throws Stripe's or DynamoDB's problem; then the next run
 * repeats the same work.
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
  const records = page.items.filter((item) => !isReferenceItem(item));
  const known = new Set(suspects.map(({ objectId }) => objectId));
  const suspected = await findDrift(
    records.filter(({ objectId }) => !known.has(objectId)),
    read,
  );
  await task.save({
    startedAt: begins ? now.getTime() : walk.startedAt,
    ...present({ after: textOf(page.next?.objectId) }),
    suspects: suspected.map(({ objectId }) => objectId),
  });
  return { checked: suspects.length + records.length, suspected: suspected.length, drifted };
}

/** Reads what an earlier run saved: our own data, so only its shape is checked. */
function walkFrom(saved: unknown): Walk {
  const { startedAt, after, suspects } = fieldsOf(saved);
  return {
    startedAt: numberOf(startedAt) ?? 0,
    ...present({ after: textOf(after) }),
    suspects: listOf(suspects).map(String),
  };
}
