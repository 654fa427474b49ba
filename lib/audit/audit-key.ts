/**
 * The key of the audit log's digests, derived from APP_SECRET by HKDF: somebody who can write the table but does not
 * know the secret cannot make an entry that verifies. No I/O, no clock.
 */
import { createHash, type KeyObject } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import { Problem } from "../errors.ts";
import { appKey } from "../sealing/app-keys.ts";
import { hmacOf } from "../sealing/hmac.ts";

export interface AuditKey {
  /** Identifies the key in the items that it digested, so that a later reader knows which of several secrets to use. */
  readonly keyId: string;
  /** HMAC-SHA256 over the canonical JSON of `value`; a digest of one kind is never valid for another. */
  digest(kind: "entry" | "ending" | "head" | "link" | "archive", value: unknown): string;
}

export function auditKey(appSecret: string): AuditKey {
  const key = appKey(appSecret, "audit/v1");
  const known = made.get(key) ?? auditKeyOf(key);
  made.set(key, known);
  return known;
}

const made = new WeakMap<KeyObject, AuditKey>();

function auditKeyOf(key: KeyObject): AuditKey {
  return {
    keyId: createHash("sha256").update(key.export()).digest("hex").slice(0, 8),
    digest: (kind, value) => hmacOf(key, `${kind}\n${canonicalJson(value)}`, "base64url"),
  };
}

/** The key for new entries: that of the first secret. Throws SERVICE_UNAVAILABLE if there is none. */
export function currentAuditKey(appSecrets: readonly string[]): AuditKey {
  const [current] = appSecrets;
  if (current === undefined) throw new Problem("SERVICE_UNAVAILABLE", "APP_SECRET contains no secret");
  return auditKey(current);
}

/** The keys of all known secrets, by their id. */
export function auditKeys(appSecrets: readonly string[]): ReadonlyMap<string, AuditKey> {
  return new Map(appSecrets.map(auditKey).map((key) => [key.keyId, key]));
}
