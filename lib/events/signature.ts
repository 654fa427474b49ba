/**
 * Stripe's webhook signature over the raw bytes. No I/O, no clock, no SDK: `constructEvent` of the SDK takes one
 * secret, accepts timestamps in the future, and would bring the whole SDK into the webhook's bundle.
 * Source: https://docs.stripe.com/webhooks#verify-manually
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const SIGNATURE_TOLERANCE_SECONDS = 300;
/** A real header has a timestamp and one or two signatures; these bounds keep a forged one cheap. */
const MAX_HEADER_LENGTH = 4096;
const MAX_SIGNATURES = 16;

export type SignatureVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: "no-header" | "malformed" | "too-many-signatures" | "timestamp" | "mismatch";
    };

export interface SignedRequest {
  /** The `Stripe-Signature` header, unchanged. */
  readonly header: string | undefined;
  readonly rawBody: Buffer;
  /** One secret, or several during a rotation. */
  readonly secrets: readonly string[];
  /** Unix seconds, UTC. */
  readonly now: number;
}

/** Whether one `v1` signature matches one of the secrets and the timestamp is within the tolerance, past or future. */
export function verifySignature({ header, rawBody, secrets, now }: SignedRequest): SignatureVerdict {
  if (header === undefined || header === "") return { ok: false, reason: "no-header" };
  if (header.length > MAX_HEADER_LENGTH) return { ok: false, reason: "malformed" };
  const parts = header.split(",").map((part) => part.trim());
  const valuesOf = (name: string) =>
    parts.flatMap((part) => (part.startsWith(`${name}=`) ? [part.slice(name.length + 1)] : []));
  // With no timestamp, or two, the result is not a number.
  const timestamp = valuesOf("t").join();
  const signatures = valuesOf("v1");
  if (!/^\d{1,12}$/.test(timestamp) || signatures.length === 0) return { ok: false, reason: "malformed" };
  if (signatures.length > MAX_SIGNATURES) return { ok: false, reason: "too-many-signatures" };
  if (Math.abs(now - Number(timestamp)) > SIGNATURE_TOLERANCE_SECONDS)
    return { ok: false, reason: "timestamp" };
  const expected = secrets
    .filter((secret) => secret !== "")
    .map((secret) => createHmac("sha256", secret).update(`${timestamp}.`).update(rawBody).digest());
  const given = signatures
    .filter((text) => /^[0-9a-f]{64}$/i.test(text))
    .map((text) => Buffer.from(text, "hex"));
  const matches = given.some((signature) => expected.some((digest) => timingSafeEqual(signature, digest)));
  return matches ? { ok: true } : { ok: false, reason: "mismatch" };
}
