/** The consumer of events whose type has no consumer of its own. */
import { asProblem } from "../errors.ts";
import { ignoreEvent } from "./inbox.ts";
import { queuedEvent, recordOf } from "./message-record.ts";
import type { QueueMessage } from "./queue-message.ts";

/** Records the event as ignored, in the inbox and the log. */
export async function ignoringConsumer(message: QueueMessage): Promise<void> {
  const queued = queuedEvent(message);
  const record = recordOf(queued, message);
  try {
    await record.begin();
    const isNew = await ignoreEvent({ queued, queue: "unrouted", now: message.now });
    await record.end(isNew ? "succeeded" : "replayed", { ignored: true });
    record.writeLogLine(isNew ? "ignored" : "duplicate");
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}
