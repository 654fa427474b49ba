/**
 * The signature of a notification, as the Standard Webhooks specification defines it: HMAC-SHA256 over the id, the time and the
 * body. Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. Pure.
 */
import { createSecretKey, randomBytes } from "node:crypto";
import { hmacOf } from "../sealing/hmac.ts";

const SECRET_PREFIX = "whsec_";
/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32;

/** A new signing secret: `whsec_` and 32 random bytes in base64. */
export function newSigningSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

export interface Signed {
  readonly id: string;
  /** The whole body, as it is sent. */
  readonly body: string;
  readonly at: Date;
}

/** The headers of the request. There is one signature for each of `secrets`: two while a secret is being replaced. */
export function signatureHeaders(
  { id, body, at }: Signed,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => `v1,${signatureOf(secret, `${id}.${timestamp}.${body}`)}`);
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}

function signatureOf(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
  return hmacOf(createSecretKey(key), signed, "base64");
}
