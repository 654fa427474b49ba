/**
 * Stripe's webhook: verifies the raw bytes, hands the event to SQS, responds. It responds 2xx only after SQS has stored
 * the event; the consumers do the rest. All rejections look alike from outside.
 */
import { Problem } from "../../lib/errors.ts";
import { enqueueEvent } from "../../lib/events/enqueue.ts";
import { subjectsOfQueued } from "../../lib/events/event-subjects.ts";
import { verifySignature } from "../../lib/events/signature.ts";
import { readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { logCall } from "../../lib/log.ts";
import { webhookSecrets } from "../../lib/secrets/secrets.ts";
import { openRoute } from "../../lib/transport/http.ts";

/** By stage, for the alarm, and by stage and reason, for a person who investigates. */
const ONE_REJECTION = [["stage"], ["stage", "reason"]].map((dimensions) => ({
  dimensions,
  values: { SignatureRejections: 1 },
}));

const RECEIVED = { status: 200, body: { received: true } } as const;

export const handler = openRoute({ limitsItself: true }, async ({ headers, rawBody, requestId, now }) => {
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
    ...subjectsOfQueued(queued),
    queue,
    messageId,
    ...(byReference ? { byReference } : {}),
    durationMs: durationMs(),
  });
  return RECEIVED;
});
