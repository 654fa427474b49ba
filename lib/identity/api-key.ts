/**
 * API keys as texts: how one is made, named and compared. Only the SHA-256 is ever stored; a plain digest is enough,
 * because keys are random and long. No I/O, no clock.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const KEY_BYTES = 32;
const KEY_ID_DIGITS = 16;

/** The name of a key: it may be shown, and does not give the key away. */
export const KEY_ID_PATTERN = /^key_[0-9a-f]{16}$/;

/** A key as `npm run keys -- create` hands it out. It says no stage: the table of the stage knows it, or does not. */
export function newApiKey(): string {
  return `csk_${randomBytes(KEY_BYTES).toString("base64url")}`;
}

/** SHA-256 of any key text, in hexadecimal. */
export function keyHashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** `key_` and the first 16 digits of the digest: what a key is listed, revoked and rotated by. */
export function keyIdOf(key: string): string {
  return `key_${keyHashOf(key).slice(0, KEY_ID_DIGITS)}`;
}

/** Whether `keyHash` is this key's whole digest, in constant time. Two keys may share an id; they cannot share this. */
export function isHashOf(keyHash: string, key: string): boolean {
  const expected = Buffer.from(keyHashOf(key));
  const given = Buffer.from(keyHash);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
