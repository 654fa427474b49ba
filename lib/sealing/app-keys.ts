/**
 * Keys derived from APP_SECRET, one for each purpose, so that a value signed or sealed with one key is invalid for another.
 * While APP_SECRET is rotated it contains two secrets: the first signs and seals, and each of them opens and checks. Pure.
 */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

const KEY_BYTES = 32;

/** Keys by purpose and secret: deriving one takes longer than an HMAC of a whole event. */
const known = new Map<string, KeyObject>();
/** More than the purposes of one function with the two secrets of a rotation: a process that rotates often forgets old keys. */
const MOST_KNOWN = 64;

/**
 * The 256-bit key of `appSecret` for `purpose` (`sealing/v1`), by HKDF-SHA256. A KeyObject, because Node computes an HMAC
 * several times faster with it than with the same bytes in a Buffer. A purpose contains no line break.
 */
export function appKey(appSecret: string, purpose: string): KeyObject {
  const name = `${purpose}\n${appSecret}`;
  const key = known.get(name) ?? derivedKey(appSecret, purpose);
  if (known.size >= MOST_KNOWN && !known.has(name)) known.clear();
  known.set(name, key);
  return key;
}

function derivedKey(appSecret: string, purpose: string): KeyObject {
  const key = hkdfSync("sha256", appSecret, "", `contractspec-stripe/${purpose}`, KEY_BYTES);
  return createSecretKey(Buffer.from(key));
}
