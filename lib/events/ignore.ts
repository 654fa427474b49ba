/** The consumer of events whose type has no consumer of its own. */
import { env } from "../env.ts";
import { asProblem } from "../errors.ts";
import { queueOf } from "./event-queues.ts";
import { foreignness, type IgnoredReason, ONE_IGNORED } from "./ignored.ts";
import { ignoreEvent } from "./inbox.ts";
import { queuedEvent, recordOf } from "./message-record.ts";
import type { QueueMessage } from "./queue-message.ts";
import type { QueuedEvent } from "./stripe-event.ts";

/** Records the event as ignored, with the reason, in the inbox and the log. */
export async function ignoringConsumer(message: QueueMessage): Promise<void> {
  const queued = queuedEvent(message);
  const record = recordOf(queued, message);
  try {
    await record.begin();
    const reason = reasonOf(queued);
    const isNew = await ignoreEvent({ queued, queue: "unrouted", now: message.now }, reason);
    await record.end(isNew ? "succeeded" : "replayed", { ignored: true, reason });
    if (isNew) record.writeLogLine("ignored", { reason }, undefined, ONE_IGNORED);
    else record.writeLogLine("duplicate");
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

function reasonOf({ kind, head }: QueuedEvent): IgnoredReason {
  const foreign = foreignness(head, env("STAGE"));
  if (foreign !== undefined) return foreign;
  return kind === "opaque" && queueOf(head.type) !== "unrouted" ? "no-object" : "no-consumer";
}
