/**
 * Claims on the references of refunds, so that of many calls with one reference of a payment only one refunds at a time,
 * whatever their Idempotency-Keys. One item per payment and reference in the table IdempotencyKeys, leased to the call that
 * refunds (lib/lease):
 *
 *   (none) --claim--> refunding(owner, lease, attempt) --finish--> refunded(refundId)
 *                        |  \--release--> (none)             Stripe has refused: nothing was refunded
 *                        \--suspend--> refunding, lease ended   the outcome is unknown: the next call continues the attempt
 *
 * `attempt` is Stripe's idempotency key. It belongs to one attempt, because Stripe repeats a refusal under its key for a day.
 * An item is kept for a day, as long as Stripe remembers the key. Later, the reference in Stripe's own metadata tells.
 */
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Item } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import {
  abandonLease,
  deleteAsOwner,
  finishLease,
  type Lease,
  type LeasedItem,
  takeLease,
  takeOver,
} from "../lease/lease.ts";
import { appKey } from "../sealing/app-keys.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { numberOf, textOf } from "../untrusted.ts";

const KEPT_SECONDS = 24 * 60 * 60;
/** Reserved before the deadline for the response that another call takes too long. */
const RESERVED_MS = 1_500;
/** How often a call checks again while another one refunds with the same reference. */
const POLL_MS = 100;

const HAS_EXPIRED = "expiresAt <= :nowSeconds";
const IS_REFUNDING = "#state = :refunding";

export type ReferenceClaim =
  | {
      readonly kind: "claimed";
      readonly lease: Lease;
      /** Stripe's idempotency key. */
      readonly attempt: string;
      /** What the attempt asked for when it began. */
      readonly asked: AskedRefund;
    }
  | { readonly kind: "refunded"; readonly refundId: string; readonly asked: AskedRefund };

/** What a call asks for, as far as it is kept. */
export interface AskedRefund {
  /** In the currency's smallest unit; `rest` for everything that has not been refunded. */
  readonly amount: number | "rest";
  /** From `requestDigest`: of everything that Stripe gets. */
  readonly digest: string;
}

/**
 * Claims the reference, or finds its refund. While another call refunds with it, this one waits for the outcome, and throws
 * SERVICE_UNAVAILABLE in time to respond before the deadline.
 */
export async function claimReference(
  id: string,
  asked: AskedRefund,
  { deadline, now }: TimeLimit,
): Promise<ReferenceClaim> {
  for (;;) {
    const attempt = randomUUID();
    const time = now();
    const nowSeconds = Math.floor(time.getTime() / 1000);
    const taking = { now: time, leaseUntil: deadline };
    const take = await takeLease(
      referenceItem(id),
      {
        ...taking,
        leavesAbandoned: true,
        isFree: { expression: HAS_EXPIRED, values: { ":nowSeconds": nowSeconds } },
      },
      { state: "refunding", attempt, ...asked, expiresAt: nowSeconds + KEPT_SECONDS },
    );
    if (take.kind === "taken") return { kind: "claimed", lease: take.lease, attempt, asked };
    const { found } = take;
    const refundId = textOf(found?.refundId);
    if (found !== undefined && refundId !== undefined)
      return { kind: "refunded", refundId, asked: askedIn(found) };
    if (found !== undefined && Number(found.leaseUntil) <= time.getTime()) {
      const continued = await takeOver(referenceItem(id), found, taking, {});
      if (continued.kind === "taken")
        return {
          kind: "claimed",
          lease: continued.lease,
          attempt: String(found.attempt),
          asked: askedIn(found),
        };
    }
    if (time.getTime() > deadline - RESERVED_MS)
      throw new Problem("SERVICE_UNAVAILABLE", "Another call is still refunding with this reference", {
        retryAfterSeconds: 1,
      });
    await delay(POLL_MS);
  }
}

function askedIn({ amount, digest }: Item): AskedRefund {
  return { amount: numberOf(amount) ?? "rest", digest: String(digest) };
}

/** The reference has its refund. False if the claim is no longer this owner's. */
export const finishReference = (lease: Lease, refundId: string): Promise<boolean> =>
  finishLease(lease, { state: "refunded", refundId });

/** Frees the reference after a refusal that certainly refunded nothing. */
export const releaseReference = (lease: Lease): Promise<boolean> => deleteAsOwner(lease);

/** Lets the next call with the reference continue the attempt. */
export const suspendReference = (lease: Lease): Promise<boolean> => abandonLease(lease);

/**
 * The key of the item. Keyed, because a reference can be personal. While APP_SECRET is rotated, the previous secret still makes
 * the keys: every function knows it.
 */
export async function referenceKey(paymentIntentId: string, reference: string): Promise<string> {
  return keyedDigest("refund-reference/v1", [paymentIntentId, reference]);
}

/** What a refund asks for, so that two requests can be compared without being stored. */
export async function requestDigest(canonical: string): Promise<string> {
  return keyedDigest("refund-request/v1", [canonical]);
}

async function keyedDigest(purpose: string, parts: readonly string[]): Promise<string> {
  const oldest = (await appSecrets()).at(-1) ?? "";
  const hmac = createHmac("sha256", appKey(oldest, purpose));
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part}`);
  return hmac.digest("hex");
}

const referenceItem = (id: string): LeasedItem => ({
  table: env("IDEMPOTENCY_KEYS_TABLE"),
  keyName: "id",
  id,
  isUnfinished: {
    expression: IS_REFUNDING,
    names: { "#state": "state" },
    values: { ":refunding": "refunding" },
  },
});
