/** The floor: the work of functions/on-charge-event, without a claim in the inbox and without an entry in the audit log. */
import type { SQSEvent } from "aws-lambda";
import { recordState } from "../../../lib/events/projection.ts";
import { stripeReader } from "../../../lib/events/resolve-event.ts";
import { readQueuedEvent } from "../../../lib/events/stripe-event.ts";
import { notifyApplication } from "../../../lib/notifications/notify-application.ts";
import { endWaits } from "../../../lib/waits/end-waits.ts";

export async function handler({ Records }: SQSEvent) {
  await Promise.all(Records.map(({ messageId, body }) => apply(messageId, body)));
  return { batchItemFailures: [] };
}

async function apply(requestId: string, body: string): Promise<void> {
  const queued = readQueuedEvent(body);
  if (queued?.kind !== "snapshot") throw new Error("The benchmark sends snapshots only");
  const call = {
    requestId,
    deadline: Date.now() + 10_000,
    now: () => new Date(),
    noteVendorRequest: () => {},
  };
  const context = { ...call, read: stripeReader(call) };
  const applied = await recordState(queued.event, context);
  if (applied === "gone") throw new Error("The benchmark never asks Stripe");
  await endWaits(applied, context);
  await notifyApplication(applied, context);
}
