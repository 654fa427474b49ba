/**
 * Claims on idempotency keys, so that of many calls with one key only one runs (R3), and only with the same inputs (R4).
 * One item per scoped key in the table IdempotencyKeys, leased to the call that runs (lib/lease, R5):
 *
 *   (none) --claim--> claimed(owner, lease) --complete--> completed(sealed response)
 *                        |  \--release--> (none)          nothing was done: the key is free again
 *                        \--suspend--> claimed, lease ended   the outcome is unknown: the next call resumes
 *
 * A claim protects a call only as long as Stripe remembers the key that the first request sent: at least 24 hours. So a call
 * that resumes a claim keeps its vendor key and its end, and its lease must be over before that end. A response, once it is
 * stored, needs no Stripe: it is kept for its whole time to live.
 *
 * An item past its time to live is treated as missing: DynamoDB deletes it up to days later.
 */
import type { Condition, Item } from "../aws/dynamodb.ts";
import { env, optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";
import {
  abandonLease,
  deleteAsOwner,
  finishLease,
  type LeasedItem,
  takeLease,
  takeOver,
} from "../lease/lease.ts";
import { textOf } from "../untrusted.ts";

/**
 * Stripe forgets an idempotency key when it is at least this old: https://docs.stripe.com/api/idempotent_requests. Ours
 * never lives longer.
 */
const MAX_TTL_HOURS = 24;
const SECONDS_PER_HOUR = 3600;

const IS_CLAIMED = "#state = :claimed";
const HAS_EXPIRED = "expiresAt <= :nowSeconds";

export interface ClaimRequest {
  /** From `scopedKey`. */
  readonly id: string;
  /** From `inputsDigests`: the first is stored. A stored digest that is not one of them belongs to different inputs. */
  readonly inputsDigests: readonly string[];
  /** From `vendorKeyOf`. A claim that is resumed keeps the one that its first call has sent. */
  readonly vendorKey: string;
  /** Unix time in milliseconds until which only this owner has the claim. */
  readonly leaseUntil: number;
  readonly now: Date;
}

export interface OwnedClaim {
  readonly id: string;
  readonly owner: string;
  /** The idempotency key to send to the vendor. */
  readonly vendorKey: string;
  /** Until when a response is kept: Unix seconds. */
  readonly answerUntil: number;
  /** When the claim ends if it stays without a response: Unix seconds. A call that resumes it does not change this. */
  readonly endsAt: number;
  /** True if an earlier owner left no outcome: its work may have taken effect at the vendor. */
  readonly resumed: boolean;
}

export type ClaimResult =
  | { readonly kind: "claimed"; readonly claim: OwnedClaim }
  | { readonly kind: "answered"; readonly sealedAnswer: string };

/**
 * Claims the key, or finds its stored response. Throws VALIDATION_FAILED if the key was used with different inputs, and
 * CONFLICT with a retry time while another call has the claim.
 */
export async function claimKey(request: ClaimRequest): Promise<ClaimResult> {
  const { id, vendorKey, now, leaseUntil } = request;
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const answerUntil = nowSeconds + answerTtlSeconds();
  const take = await takeLease(
    keyItem(id),
    {
      now,
      leaseUntil,
      leavesAbandoned: true,
      isFree: { expression: HAS_EXPIRED, values: { ":nowSeconds": nowSeconds } },
    },
    {
      state: "claimed",
      inputsDigest: request.inputsDigests[0],
      vendorKey,
      claimedAt: now.getTime(),
      expiresAt: answerUntil,
    },
  );
  if (take.kind === "refused") return resumeClaim(request, take.found, answerUntil);
  // If the response was lost, what the claim has replaced is unknown.
  const resumed = take.before === "unknown";
  return {
    kind: "claimed",
    claim: { id, owner: take.lease.owner, vendorKey, answerUntil, endsAt: answerUntil, resumed },
  };
}

/** Takes over a claim whose call left no outcome, or says why it cannot be taken. */
async function resumeClaim(
  request: ClaimRequest,
  found: Item | undefined,
  answerUntil: number,
): Promise<ClaimResult> {
  if (found === undefined || !isResumable(request, found)) return existingClaim(request, found);
  const { id, inputsDigests, now, leaseUntil } = request;
  const take = await takeOver(
    keyItem(id),
    found,
    { now, leaseUntil, canContinue: hasSameInputs(inputsDigests) },
    { inputsDigest: inputsDigests[0], claimedAt: now.getTime() },
  );
  if (take.kind === "refused") return existingClaim(request, take.found);
  // Items of earlier versions have none: their id was sent.
  const vendorKey = textOf(found.vendorKey) ?? id;
  const endsAt = Number(found.expiresAt);
  return {
    kind: "claimed",
    claim: { id, owner: take.lease.owner, vendorKey, answerUntil, endsAt, resumed: true },
  };
}

/** The claim must not end while it is used: the next call with the key would then start from the beginning. */
function isResumable({ inputsDigests, now, leaseUntil }: ClaimRequest, found: Item): boolean {
  return (
    found.state === "claimed" &&
    inputsDigests.includes(String(found.inputsDigest)) &&
    Number(found.leaseUntil) <= now.getTime() &&
    leaseUntil < Number(found.expiresAt) * 1000
  );
}

/** How long a stored response is replayed, and an unknown outcome can be resumed. */
export function answerTtlSeconds(): number {
  return readTtlHours(optionalEnv("IDEMPOTENCY_TTL_HOURS")) * SECONDS_PER_HOUR;
}

/** The hours in `text`; 24 if it is not set. Throws INTERNAL_ERROR for anything but a whole number from 1 to 24. */
export function readTtlHours(text: unknown): number {
  const hours = Number(text ?? MAX_TTL_HOURS);
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_TTL_HOURS) return hours;
  throw new Problem(
    "INTERNAL_ERROR",
    `IDEMPOTENCY_TTL_HOURS must be a whole number of hours from 1 to ${MAX_TTL_HOURS}, because Stripe forgets its keys ` +
      `after ${MAX_TTL_HOURS} hours; it is "${String(text)}"`,
  );
}

function existingClaim(request: ClaimRequest, item: Item | undefined): ClaimResult {
  if (item !== undefined && !request.inputsDigests.includes(String(item.inputsDigest)))
    throw usedWithOtherInputs();
  if (typeof item?.answer === "string") {
    return { kind: "answered", sealedAnswer: item.answer };
  }
  // If the lease is over, the claim ends too soon to be resumed.
  const now = request.now.getTime();
  const leaseUntil = Number(item?.leaseUntil ?? now);
  const leaseLeftMs = (leaseUntil > now ? leaseUntil : Number(item?.expiresAt ?? 0) * 1000) - now;
  throw new Problem("CONFLICT", "A call with this Idempotency-Key is still in progress", {
    retryAfterSeconds: Math.min(30, Math.max(1, Math.ceil(leaseLeftMs / 1000))),
  });
}

/** The refusal of a key that names a call with other inputs. */
export function usedWithOtherInputs(): Problem {
  const message = "was already used with different inputs; send a new key for a new call";
  return new Problem("VALIDATION_FAILED", `The header Idempotency-Key ${message}`, {
    issues: [{ path: "headers.Idempotency-Key", message }],
  });
}

/** Stores the response. False if the claim is no longer this owner's. */
export function completeClaim(claim: OwnedClaim, sealedAnswer: string): Promise<boolean> {
  return finishLease(leaseOf(claim), {
    state: "completed",
    answer: sealedAnswer,
    expiresAt: claim.answerUntil,
  });
}

/** Frees the key after a refusal that certainly changed nothing. */
export function releaseClaim(claim: OwnedClaim): Promise<boolean> {
  return deleteAsOwner(leaseOf(claim));
}

/** Keeps the claim but ends its lease: the outcome is unknown, and the next call with this key resolves it. */
export function suspendClaim(claim: OwnedClaim): Promise<boolean> {
  return abandonLease(leaseOf(claim));
}

/**
 * Gives the claim back after a call that did nothing itself. The key is free again, unless an earlier call with it may
 * have done something.
 */
export function returnClaim(claim: OwnedClaim): Promise<boolean> {
  return claim.resumed ? suspendClaim(claim) : releaseClaim(claim);
}

const keyItem = (id: string): LeasedItem => ({
  table: env("IDEMPOTENCY_KEYS_TABLE"),
  keyName: "id",
  id,
  isUnfinished: { expression: IS_CLAIMED, names: { "#state": "state" }, values: { ":claimed": "claimed" } },
});

const leaseOf = ({ id, owner }: OwnedClaim) => ({ ...keyItem(id), owner });

/** Holds for an item of a call with these inputs. */
export function hasSameInputs(digests: readonly string[]): Condition {
  const names = digests.map((_, i) => `:digest${i}`);
  return {
    expression: `inputsDigest IN (${names.join(", ")})`,
    values: Object.fromEntries(names.map((name, i) => [name, digests[i]])),
  };
}
