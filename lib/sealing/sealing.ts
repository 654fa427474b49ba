/**
 * Seals values that must not stand in clear outside the Lambda that makes or uses them: AES-256-GCM, key derived from
 * APP_SECRET by HKDF, bound to a context ("run:<id>", "idempotency:<id>") so that a sealed value moved elsewhere does
 * not open. No I/O, no clock.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const PREFIX = "sealed:v1:";
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealer {
  /** `value` (anything JSON can hold) as one opaque string. */
  seal(value: unknown, context: string): string;
  /** What was sealed. Throws when the text was altered, or sealed with another secret or for another context. */
  open(sealed: string, context: string): unknown;
}

export function createSealer(appSecret: string): Sealer {
  const key = Buffer.from(hkdfSync("sha256", appSecret, "", "contractspec-stripe/sealing/v1", 32));
  return {
    seal(value, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
      return PREFIX + Buffer.concat([iv, body, cipher.getAuthTag()]).toString("base64url");
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.slice(PREFIX.length), "base64url");
      if (!isSealed(sealed) || bytes.length < IV_BYTES + TAG_BYTES) throw new Error("Not a sealed value");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const body = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(body.toString("utf8"));
    },
  };
}

export function isSealed(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(PREFIX);
}
