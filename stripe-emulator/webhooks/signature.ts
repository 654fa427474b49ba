import { createHmac } from "node:crypto";

/**
 * The `Stripe-Signature` header: an HMAC-SHA256 of `<timestamp>.<body>` as `v1` for each secret, so that a receiver can
 * rotate its secret. `timestamp` is in unix seconds. https://docs.stripe.com/webhooks#verify-manually
 */
export function webhookSignature(body: string, secrets: readonly string[], timestamp: number): string {
  const signatures = secrets.map((secret) =>
    createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex"),
  );
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}
