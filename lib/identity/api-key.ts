/**
 * The text of API keys: how one is made, named and compared. Only the SHA-256 is ever stored. A plain digest is enough,
 * because keys are random and long. No I/O, no clock.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const KEY_BYTES = 32;
const KEY_ID_DIGITS = 16;

/** The id of a key: it can be shown, and does not reveal the key. */
export const KEY_ID_PATTERN = /^key_[0-9a-f]{16}$/;

/** A key as `npm run keys -- create` hands it out. It does not name a stage: only the table of its stage contains it. */
export function newApiKey(): string {
  return `csk_${randomBytes(KEY_BYTES).toString("base64url")}`;
}

/** SHA-256 of any key text, in hexadecimal. */
export function keyHashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** `key_` and the first 16 digits of the digest: the id by which a key is listed, revoked and rotated. */
export function keyIdOf(key: string): string {
  return `key_${keyHashOf(key).slice(0, KEY_ID_DIGITS)}`;
}

/** Whether `keyHash` is this key's whole digest, in constant time. Two keys can share an id, but not a digest. */
export function isHashOf(keyHash: string, key: string): boolean {
  const expected = Buffer.from(keyHashOf(key));
  const given = Buffer.from(keyHash);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
