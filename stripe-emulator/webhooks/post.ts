import { webhookSignature } from "./signature.ts";

/** One attempt to deliver an event. */
export interface DeliveryAttempt {
  /** Unix milliseconds of the machine's clock. */
  at: number;
  /** The receiver's HTTP status, or null without a response. */
  status: number | null;
  error: string | null;
}

/** Where an endpoint's events go, and the secrets that sign them. */
export interface Receiver {
  url: string;
  secrets: readonly string[];
}

const TIMEOUT_MILLISECONDS = 10_000;

/** Posts a body, signed at `timestamp` (unix seconds). Never rejects. */
export async function postWebhook(
  { url, secrets }: Receiver,
  body: string,
  timestamp: number,
  stop: AbortSignal,
): Promise<DeliveryAttempt> {
  const at = Date.now();
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]),
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "stripe-signature": webhookSignature(body, secrets, timestamp),
      },
    });
    await response.arrayBuffer();
    return { at, status: response.status, error: null };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { at, status: null, error: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** The result of each attempt while the fault `webhook_outage` lasts. */
export function refusedAttempt(): DeliveryAttempt {
  return { at: Date.now(), status: null, error: "connect ECONNREFUSED (the fault webhook_outage)" };
}
