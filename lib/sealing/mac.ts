/**
 * Message authentication codes, so that a function believes only what another function of the same stage wrote:
 * HMAC-SHA256 with a key derived from APP_SECRET for one purpose. Pure.
 */
import { timingSafeEqual } from "node:crypto";
import { appKey } from "./app-keys.ts";
import { hmacOf } from "./hmac.ts";

/** The MAC of `parts`, in base64url, with the first of `appSecrets`. */
export function macOf(purpose: string, parts: readonly string[], appSecrets: readonly string[]): string {
  const [current] = appSecrets;
  if (current === undefined) throw new Error("A MAC needs at least one secret");
  return macWith(current, purpose, parts);
}

/**
 * Whether `mac` is the MAC of `parts` with any of `appSecrets`: the others are the previous ones, during a rotation.
 * Compares in constant time.
 */
export function isMacOf(
  mac: unknown,
  purpose: string,
  parts: readonly string[],
  appSecrets: readonly string[],
): boolean {
  if (typeof mac !== "string") return false;
  const given = Buffer.from(mac);
  return appSecrets.some((appSecret) => {
    const expected = Buffer.from(macWith(appSecret, purpose, parts));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Each part is preceded by its length in bytes, so that different parts never give the same text. */
function macWith(appSecret: string, purpose: string, parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join("");
  return hmacOf(appKey(appSecret, purpose), text, "base64url");
}
