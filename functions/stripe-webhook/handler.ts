/**
 * Stripe's webhook: verify over the raw bytes, hand to SQS, answer. 2xx only after SQS has stored the event; the rest
 * is the consumers' work. Every rejection looks alike from outside.
 */
import { Problem } from "../../lib/errors.ts";
import { enqueueEvent } from "../../lib/events/enqueue.ts";
import { verifySignature } from "../../lib/events/signature.ts";
import { readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { logCall } from "../../lib/log.ts";
import { webhookSecrets } from "../../lib/secrets/secrets.ts";
import { openRoute } from "../../lib/transport/http.ts";

/** For the alarm, which watches a whole stage, and by reason, for whoever looks. */
const ONE_REJECTION = [["stage"], ["stage", "reason"]].map((dimensions) => ({
  dimensions,
  values: { SignatureRejections: 1 },
}));

const RECEIVED = { status: 200, body: { received: true } } as const;

export const handler = openRoute({}, async ({ headers, rawBody, requestId, now }) => {
  const startedAt = now().getTime();
  const received = { event: "webhook.received", requestId };
  const durationMs = () => now().getTime() - startedAt;
  const verdict = verifySignature({
    header: headers["stripe-signature"],
    rawBody,
    secrets: await webhookSecrets(),
    now: Math.floor(now().getTime() / 1000),
  });
  if (!verdict.ok) {
    const problem = new Problem("BAD_REQUEST", "The Stripe-Signature header does not match this body");
    logCall(
      {
        event: "webhook.rejected",
        requestId,
        outcome: "rejected",
        reason: verdict.reason,
        durationMs: durationMs(),
      },
      problem,
      ONE_REJECTION,
    );
    throw problem;
  }

  const body = rawBody.toString("utf8");
  const queued = readQueuedEvent(body);
  if (queued === undefined) {
    logCall({ ...received, outcome: "ignored", durationMs: durationMs() });
    return RECEIVED;
  }
  const { queue, messageId, byReference } = await enqueueEvent(queued, body);
  logCall({
    ...received,
    outcome: "succeeded",
    eventId: queued.head.id,
    eventType: queued.head.type,
    queue,
    messageId,
    ...(byReference ? { byReference } : {}),
    durationMs: durationMs(),
  });
  return RECEIVED;
});
