/**
 * Claims on idempotency keys. One item per scoped key in the table IdempotencyKeys:
 *
 *   (none) --claim--> claimed(owner, lease) --complete--> completed(sealed answer)
 *                        |  \--release--> (none)          nothing happened: the key is free again
 *                        \--suspend--> claimed, lease over   the outcome is unknown: the next call resumes
 *
 * Every write after the claim is conditional on the owner token, so an owner whose lease ran out cannot write over the
 * one that took the claim over.
 */
import { randomUUID } from "node:crypto";
import { deleteItem, getItem, type Item, replaceItem, updateItem } from "../aws/dynamodb.ts";
import { env, optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";

const DEFAULT_TTL_HOURS = 24;
const SECONDS_PER_HOUR = 3600;

export interface ClaimRequest {
  /** From `scopedKey`. */
  readonly id: string;
  /** From `inputsDigests`: the first is stored; a stored one that is none of them belongs to other inputs. */
  readonly inputsDigests: readonly string[];
  /** Unix time in milliseconds until which the claim is this owner's alone. */
  readonly leaseUntil: number;
  readonly now: Date;
}

export interface OwnedClaim {
  readonly id: string;
  readonly owner: string;
  /** True when an earlier owner left without an outcome: what it did may have taken effect at the vendor. */
  readonly resumed: boolean;
}

export type ClaimResult =
  | { readonly kind: "claimed"; readonly claim: OwnedClaim }
  | {
      readonly kind: "answered";
      readonly sealedAnswer: string;
      /** When the call that answered has claimed the key. */
      readonly claimedAt: Date;
    };

/**
 * Claims the key, or finds its answer. Throws VALIDATION_FAILED when the key was used with other inputs, and CONFLICT
 * with a retry time while another call holds the claim.
 */
export async function claimKey(request: ClaimRequest): Promise<ClaimResult> {
  const owner = randomUUID();
  const nowSeconds = Math.floor(request.now.getTime() / 1000);
  const digestNames = request.inputsDigests.map((_, i) => `:digest${i}`);
  const taken = await replaceItem(
    env("IDEMPOTENCY_KEYS_TABLE"),
    {
      id: request.id,
      state: "claimed",
      owner,
      inputsDigest: request.inputsDigests[0],
      claimedAt: request.now.getTime(),
      leaseUntil: request.leaseUntil,
      expiresAt: nowSeconds + answerTtlSeconds(),
    },
    {
      // keyIsNew OR recordExpired OR (leaseOver AND sameInputs)
      expression:
        "attribute_not_exists(id) OR expiresAt <= :nowSeconds OR " +
        `(#state = :claimed AND leaseUntil <= :now AND inputsDigest IN (${digestNames.join(", ")}))`,
      names: { "#state": "state" },
      values: {
        ":nowSeconds": nowSeconds,
        ":now": request.now.getTime(),
        ":claimed": "claimed",
        ...Object.fromEntries(digestNames.map((name, i) => [name, request.inputsDigests[i]])),
      },
    },
  );
  if (taken !== undefined) {
    const resumed = taken.before?.state === "claimed" && Number(taken.before.expiresAt) > nowSeconds;
    return { kind: "claimed", claim: { id: request.id, owner, resumed } };
  }
  const item = await getItem(env("IDEMPOTENCY_KEYS_TABLE"), { id: request.id });
  // The SDK sends a write again whose answer was lost: then it is this owner's own claim that stood in the way. What
  // was there before it is lost with the answer, so it counts as resumed.
  if (item?.owner === owner) return { kind: "claimed", claim: { id: request.id, owner, resumed: true } };
  return existingClaim(request, item);
}

/** How long an answer is replayed, and an unknown outcome resumed. */
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
    const message = "was used before with other inputs; send a new key for a new call";
    throw new Problem("VALIDATION_FAILED", `The header Idempotency-Key ${message}`, {
      issues: [{ path: "headers.Idempotency-Key", message }],
    });
  }
  if (typeof item?.answer === "string") {
    return { kind: "answered", sealedAnswer: item.answer, claimedAt: new Date(Number(item.claimedAt ?? 0)) };
  }
  const leaseLeftMs = typeof item?.leaseUntil === "number" ? item.leaseUntil - request.now.getTime() : 0;
  throw new Problem("CONFLICT", "A call with this Idempotency-Key is still being worked on", {
    retryAfterSeconds: Math.min(30, Math.max(1, Math.ceil(leaseLeftMs / 1000))),
  });
}

/** Stores the answer. False when the claim is no longer this owner's. */
export async function completeClaim(claim: OwnedClaim, sealedAnswer: string): Promise<boolean> {
  const completed = await updateItem(
    env("IDEMPOTENCY_KEYS_TABLE"),
    { id: claim.id },
    "SET #state = :completed, answer = :answer",
    ownedBy(claim, { ":completed": "completed", ":answer": sealedAnswer }),
  );
  if (completed) return true;
  // As in claimKey: a repeated write finds its own first one.
  const item = await getItem(env("IDEMPOTENCY_KEYS_TABLE"), { id: claim.id });
  return item?.owner === claim.owner && item.answer === sealedAnswer;
}

/** Frees the key after a refusal that is known to have changed nothing. */
export function releaseClaim(claim: OwnedClaim): Promise<boolean> {
  return deleteItem(env("IDEMPOTENCY_KEYS_TABLE"), { id: claim.id }, ownedBy(claim));
}

/** Keeps the claim but ends its lease: the outcome is unknown, and the next call with this key finds it out. */
export function suspendClaim(claim: OwnedClaim): Promise<boolean> {
  return updateItem(
    env("IDEMPOTENCY_KEYS_TABLE"),
    { id: claim.id },
    "SET leaseUntil = :over",
    ownedBy(claim, { ":over": 0 }),
  );
}

/**
 * Gives the claim back after a call that did nothing itself: the key is free again, unless an earlier call may have
 * done something under it.
 */
export function returnClaim(claim: OwnedClaim): Promise<boolean> {
  return claim.resumed ? suspendClaim(claim) : releaseClaim(claim);
}

function ownedBy(claim: OwnedClaim, values: Item = {}) {
  return {
    expression: "#owner = :owner AND #state = :claimed",
    names: { "#owner": "owner", "#state": "state" },
    values: { ...values, ":owner": claim.owner, ":claimed": "claimed" },
  };
}
