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
import { deleteItem, getItem, type Item, putItem, updateItem } from "../dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";

/** How long a completed answer is replayed. */
export const ANSWER_TTL_SECONDS = 24 * 60 * 60;

export interface ClaimRequest {
  /** From `scopedKey`. */
  readonly id: string;
  /** Keyed digest of the inputs: the same key with other inputs is refused. */
  readonly inputsDigest: string;
  /** Unix time in milliseconds until which the claim is this owner's alone. */
  readonly leaseUntil: number;
  readonly now: Date;
}

export interface OwnedClaim {
  readonly id: string;
  readonly owner: string;
}

export type ClaimResult =
  | { readonly kind: "claimed"; readonly claim: OwnedClaim }
  | { readonly kind: "answered"; readonly sealedAnswer: string };

/**
 * Claims the key, or finds its answer. Throws VALIDATION_FAILED when the key was used with other inputs, and CONFLICT
 * with a retry time while another call holds the claim.
 */
export async function claimKey(request: ClaimRequest): Promise<ClaimResult> {
  const owner = randomUUID();
  const claimed = await putItem(
    env("IDEMPOTENCY_KEYS_TABLE"),
    {
      id: request.id,
      state: "claimed",
      owner,
      inputsDigest: request.inputsDigest,
      leaseUntil: request.leaseUntil,
      expiresAt: Math.ceil(request.now.getTime() / 1000) + ANSWER_TTL_SECONDS,
    },
    {
      // keyIsNew OR recordExpired OR (leaseOver AND sameInputs)
      expression:
        "attribute_not_exists(id) OR expiresAt <= :nowSeconds OR (#state = :claimed AND leaseUntil <= :now AND inputsDigest = :digest)",
      names: { "#state": "state" },
      values: {
        ":nowSeconds": Math.floor(request.now.getTime() / 1000),
        ":now": request.now.getTime(),
        ":claimed": "claimed",
        ":digest": request.inputsDigest,
      },
    },
  );
  if (claimed) return { kind: "claimed", claim: { id: request.id, owner } };
  return existingClaim(request, await getItem(env("IDEMPOTENCY_KEYS_TABLE"), { id: request.id }));
}

function existingClaim(request: ClaimRequest, item: Item | undefined): ClaimResult {
  if (item !== undefined && item.inputsDigest !== request.inputsDigest) {
    const message = "was used before with other inputs; send a new key for a new call";
    throw new Problem("VALIDATION_FAILED", `The header Idempotency-Key ${message}`, {
      issues: [{ path: "headers.Idempotency-Key", message }],
    });
  }
  if (typeof item?.answer === "string") return { kind: "answered", sealedAnswer: item.answer };
  const leaseLeftMs = typeof item?.leaseUntil === "number" ? item.leaseUntil - request.now.getTime() : 0;
  throw new Problem("CONFLICT", "A call with this Idempotency-Key is still being worked on", {
    retryAfterSeconds: Math.min(30, Math.max(1, Math.ceil(leaseLeftMs / 1000))),
  });
}

/** Stores the answer. False when the claim is no longer this owner's. */
export function completeClaim(claim: OwnedClaim, sealedAnswer: string): Promise<boolean> {
  return updateItem(
    env("IDEMPOTENCY_KEYS_TABLE"),
    { id: claim.id },
    "SET #state = :completed, answer = :answer REMOVE leaseUntil",
    {
      ...ownedBy(claim, { ":completed": "completed", ":answer": sealedAnswer }),
    },
  );
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

function ownedBy(claim: OwnedClaim, values: Item = {}) {
  return {
    expression: "#owner = :owner AND #state = :claimed",
    names: { "#owner": "owner", "#state": "state" },
    values: { ...values, ":owner": claim.owner, ":claimed": "claimed" },
  };
}
