/**
 * Lets one call at a time work on a subscription or on what a customer subscribes to: waits for the lease (lib/lease) on an item of
 * the table SubscriptionClaims.
 */
import { setTimeout as delay } from "node:timers/promises";
import { getItem, type Item } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { type Lease, type TakeRequest, takeLease } from "../lease/lease.ts";

/** Stripe forgets an idempotency key after a day at the earliest; nothing that was sent a day ago is still on its way. */
const KEPT_SECONDS = 24 * 60 * 60;
/** Reserved before the deadline for the response that it took too long. */
const RESERVED_MS = 1_500;
/** How often a call checks again while another one has the lease. */
const POLL_MS = 50;

/** How to take the item that was found, or that does not exist. */
export interface Claim {
  readonly conditions?: Pick<TakeRequest, "canContinue" | "isFree">;
  readonly attributes: Item;
}

/**
 * The lease on the item with this id, which ends at the deadline, and what `claim` returned for the item. Throws
 * SERVICE_UNAVAILABLE, shortly before the deadline, if other calls have it.
 */
export async function takeTurn<C extends Claim>(
  id: string,
  { deadline, now }: TimeLimit,
  claim: (found: Item | undefined) => C,
): Promise<{ readonly lease: Lease; readonly claimed: C }> {
  const item = { table: env("SUBSCRIPTION_CLAIMS_TABLE"), keyName: "claim", id };
  let found = await getItem(item.table, { claim: id });
  for (;;) {
    const claimed = claim(found);
    const take = await takeLease(
      item,
      { now: now(), leaseUntil: deadline, ...claimed.conditions },
      { ...claimed.attributes, expiresAt: Math.floor(now().getTime() / 1000) + KEPT_SECONDS },
    );
    if (take.kind === "taken") return { lease: take.lease, claimed };
    found = take.found;
    if (now().getTime() > deadline - RESERVED_MS) {
      throw new Problem("SERVICE_UNAVAILABLE", "Another call is still working on this subscription", {
        retryAfterSeconds: 1,
      });
    }
    await delay(POLL_MS);
  }
}
