/** Signs events as Stripe does: https://docs.stripe.com/webhooks#verify-manually */
import { createHmac } from "node:crypto";

/** Unix seconds, UTC. */
export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** The hex digest of one `v1` signature. */
export function signature(body: Buffer | string, secret: string, timestamp: number | string): string {
  return createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
}

/** A `Stripe-Signature` header with one signature for each secret. */
export function signatureHeader(
  body: Buffer | string,
  secrets: readonly string[],
  timestamp: number | string = nowSeconds(),
): string {
  return [`t=${timestamp}`, ...secrets.map((secret) => `v1=${signature(body, secret, timestamp)}`)].join(",");
}
