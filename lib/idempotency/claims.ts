/**
 * Claims on idempotency keys, so that of many calls with one key only one runs (R3), and only with the same inputs (R4).
 * One item per scoped key in the table IdempotencyKeys, leased to the call that runs (lib/lease, R5):
 *
 *   (none) --claim--> claimed(owner, lease) --complete--> completed(sealed response)
 *                        |  \--release--> (none)          nothing was done: the key is free again
 *                        \--suspend--> claimed, lease ended   the outcome is unknown: the next call resumes
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
  type Take,
  takeLease,
} from "../lease/lease.ts";

const DEFAULT_TTL_HOURS = 24;
const SECONDS_PER_HOUR = 3600;

const IS_CLAIMED = "#state = :claimed";
const HAS_EXPIRED = "expiresAt <= :nowSeconds";

export interface ClaimRequest {
  /** From `scopedKey`. */
  readonly id: string;
  /** From `inputsDigests`: the first is stored. A stored digest that is not one of them belongs to different inputs. */
  readonly inputsDigests: readonly string[];
  /** Unix time in milliseconds until which only this owner has the claim. */
  readonly leaseUntil: number;
  readonly now: Date;
}

export interface OwnedClaim {
  readonly id: string;
  readonly owner: string;
  /** True if an earlier owner left no outcome: its work may have taken effect at the vendor. */
  readonly resumed: boolean;
}

export type ClaimResult =
  | { readonly kind: "claimed"; readonly claim: OwnedClaim }
  | {
      readonly kind: "answered";
      readonly sealedAnswer: string;
      /** When the call that produced the response claimed the key. */
      readonly claimedAt: Date;
    };

/**
 * Claims the key, or finds its stored response. Throws VALIDATION_FAILED if the key was used with different inputs, and
 * CONFLICT with a retry time while another call has the claim.
 */
export async function claimKey(request: ClaimRequest): Promise<ClaimResult> {
  const nowSeconds = Math.floor(request.now.getTime() / 1000);
  const take = await takeLease(
    keyItem(request.id),
    {
      now: request.now,
      leaseUntil: request.leaseUntil,
      canContinue: hasSameInputs(request.inputsDigests),
      isFree: { expression: HAS_EXPIRED, values: { ":nowSeconds": nowSeconds } },
    },
    {
      state: "claimed",
      inputsDigest: request.inputsDigests[0],
      claimedAt: request.now.getTime(),
      expiresAt: nowSeconds + answerTtlSeconds(),
    },
  );
  if (take.kind === "refused") return existingClaim(request, take.found);
  const { owner } = take.lease;
  return { kind: "claimed", claim: { id: request.id, owner, resumed: isResumed(take.before, nowSeconds) } };
}

/** If the response to a claim was lost, the item before it is unknown, so the claim counts as resumed. */
function isResumed(before: Extract<Take, { kind: "taken" }>["before"], nowSeconds: number): boolean {
  if (before === "unknown") return true;
  return before?.state === "claimed" && Number(before.expiresAt) > nowSeconds;
}

/** How long a stored response is replayed, and an unknown outcome can be resumed. */
export function answerTtlSeconds(): number {
  const text = optionalEnv("IDEMPOTENCY_TTL_HOURS") ?? String(DEFAULT_TTL_HOURS);
  const hours = Number(text);
  if (!Number.isInteger(hours) || hours < 1) {
    throw new Error(
      `IDEMPOTENCY_TTL_HOURS must be a whole number of hours from 1, such as 24; it is "${text}"`,
    );
  }
  return hours * SECONDS_PER_HOUR;
}

function existingClaim(request: ClaimRequest, item: Item | undefined): ClaimResult {
  if (item !== undefined && !request.inputsDigests.includes(String(item.inputsDigest))) {
    const message = "was already used with different inputs; send a new key for a new call";
    throw new Problem("VALIDATION_FAILED", `The header Idempotency-Key ${message}`, {
      issues: [{ path: "headers.Idempotency-Key", message }],
    });
  }
  if (typeof item?.answer === "string") {
    return { kind: "answered", sealedAnswer: item.answer, claimedAt: new Date(Number(item.claimedAt ?? 0)) };
  }
  const leaseLeftMs = typeof item?.leaseUntil === "number" ? item.leaseUntil - request.now.getTime() : 0;
  throw new Problem("CONFLICT", "A call with this Idempotency-Key is still in progress", {
    retryAfterSeconds: Math.min(30, Math.max(1, Math.ceil(leaseLeftMs / 1000))),
  });
}

/** Stores the response. False if the claim is no longer this owner's. */
export function completeClaim(claim: OwnedClaim, sealedAnswer: string): Promise<boolean> {
  return finishLease(leaseOf(claim), { state: "completed", answer: sealedAnswer });
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

function hasSameInputs(digests: readonly string[]): Condition {
  const names = digests.map((_, i) => `:digest${i}`);
  return {
    expression: `inputsDigest IN (${names.join(", ")})`,
    values: Object.fromEntries(names.map((name, i) => [name, digests[i]])),
  };
}
