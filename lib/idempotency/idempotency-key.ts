/** The caller's Idempotency-Key: which keys are accepted, and the id derived from one. Pure. */
import { hash } from "node:crypto";
import { CARD_NUMBER_MESSAGE, holdsCardNumber } from "../card-data.ts";
import { Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import { macOf } from "../sealing/mac.ts";

/** Stripe's own limit, also applied to callers so that a key works the same everywhere. */
export const IDEMPOTENCY_KEY_MAX_LENGTH = 255;

/**
 * The key as sent, checked. Throws BAD_REQUEST naming the header if it is missing, too long, not printable ASCII or
 * looks like a card number.
 */
export function readIdempotencyKey(header: string | undefined): string {
  if (header === undefined || header.trim() === "") {
    throw keyProblem("is required: send a value of your own, such as a UUID, and the same one on a retry");
  }
  if (header.length > IDEMPOTENCY_KEY_MAX_LENGTH) {
    throw keyProblem(`has ${header.length} characters; at most ${IDEMPOTENCY_KEY_MAX_LENGTH} are allowed`);
  }
  if (!/^[\x20-\x7e]+$/.test(header)) throw keyProblem("must contain only printable ASCII characters");
  if (holdsCardNumber(header)) throw keyProblem(CARD_NUMBER_MESSAGE);
  return header;
}

function keyProblem(message: string): Problem {
  return new Problem("BAD_REQUEST", `The header Idempotency-Key ${message}`, {
    issues: [{ path: "headers.Idempotency-Key", message }],
  });
}

/**
 * One id per principal, capability (or workflow) and key: the claim's primary key. Each part is preceded by its length, so
 * that two different triples never give the same id.
 */
export function scopedKey(principal: Principal, scope: string, key: string): string {
  const parts = [principal.id, scope, key].map((part) => `${Buffer.byteLength(part)}:${part}`);
  return hash("sha256", parts.join(""), "hex");
}

/**
 * The idempotency key at the vendor for the claim `id`. It contains a secret of the stage: two stages that use one Stripe
 * account never send the same key, even for the same principal and key of a caller.
 */
export function vendorKeyOf(id: string, appSecrets: readonly string[]): string {
  return macOf("vendor-key/v1", [id], appSecrets);
}
