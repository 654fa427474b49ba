/**
 * Seals values that must be encrypted outside the Lambda that makes or uses them: AES-256-GCM, with a key derived from
 * APP_SECRET by HKDF, bound to a context ("run:<id>", "idempotency:<id>") so that a sealed value moved elsewhere does
 * not open. No I/O, no clock.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { appKey } from "./app-keys.ts";

const PREFIX = "sealed:v1:";
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealer {
  /** `value` (any JSON value) as one opaque string. */
  seal(value: unknown, context: string): string;
  /** The sealed value. Throws if the text was altered, or sealed with an unknown secret or for another context. */
  open(sealed: string, context: string): unknown;
}

/** Seals with the first of `appSecrets` and opens with any of them: the others are the previous ones, during a rotation. */
export function createSealer(appSecrets: readonly string[]): Sealer {
  const keys = appSecrets.map((secret) => appKey(secret, "sealing/v1"));
  const [current] = keys;
  if (current === undefined) throw new Error("Sealing needs at least one secret");
  return {
    seal(value, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", current, iv).setAAD(Buffer.from(context));
      const body = cipher.update(JSON.stringify(value), "utf8");
      return PREFIX + Buffer.concat([iv, body, cipher.final(), cipher.getAuthTag()]).toString("base64url");
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.slice(PREFIX.length), "base64url");
      if (!isSealed(sealed) || bytes.length < IV_BYTES + TAG_BYTES) throw new Error("Not a sealed value");
      for (const key of keys) {
        try {
          return JSON.parse(decrypt(bytes, key, context));
        } catch {
          // Not sealed with this key; perhaps with the next.
        }
      }
      throw new Error("The sealed value was altered, or sealed with another secret or for another context");
    },
  };
}

/** The text. Throws if the key, the context or the bytes differ from those it was sealed with. */
function decrypt(bytes: Buffer, key: KeyObject, context: string): string {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const body = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
  return Buffer.concat([body, decipher.final()]).toString();
}

export function isSealed(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(PREFIX);
}
