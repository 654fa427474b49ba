/** HMAC-SHA256, the one MAC of this product. Pure. */
import { createHmac, type KeyObject } from "node:crypto";

/** The MAC of `text`, as UTF-8. */
export function hmacOf(key: KeyObject, text: string, encoding: "hex" | "base64" | "base64url"): string {
  return createHmac("sha256", key).update(text).digest(encoding);
}
