import { createHmac } from "node:crypto";

/**
 * The `Stripe-Signature` header: HMAC-SHA256 over `<timestamp>.<body>`, one `v1` per secret so that a receiver may
 * rotate. `timestamp` is in unix seconds. https://docs.stripe.com/webhooks#verify-manually
 */
export function webhookSignature(body: string, secrets: readonly string[], timestamp: number): string {
  const signatures = secrets.map((secret) =>
    createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex"),
  );
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}
