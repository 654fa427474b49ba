/**
 * Keys derived from APP_SECRET, one for each purpose, so that a value signed or sealed with one key is invalid for another.
 * While APP_SECRET is rotated it contains two secrets: the first signs and seals, and each of them opens and checks. Pure.
 */
import { hkdfSync } from "node:crypto";

const KEY_BYTES = 32;

/** The 256-bit key of `appSecret` for `purpose` (`sealing/v1`), by HKDF-SHA256. */
export function appKey(appSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", appSecret, "", `contractspec-stripe/${purpose}`, KEY_BYTES));
}
