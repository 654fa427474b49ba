/**
 * What follows when Stripe reports wrong usage of a meter: Stripe takes meter events first, and looks at them later. The report names
 * some of the events; those that are ours are refused. A thin event carries nothing of that, so Stripe is asked for it.
 */
import { env } from "../env.ts";
import { asProblem, Problem } from "../errors.ts";
import { METER_REPORTS } from "../events/event-queues.ts";
import { foreignness, type IgnoredReason, ONE_IGNORED } from "../events/ignored.ts";
import { applyOnce, EventInProgress, type Ignored } from "../events/inbox.ts";
import { queuedEvent, recordOf } from "../events/message-record.ts";
import type { QueueMessage } from "../events/queue-message.ts";
import { stripeReader } from "../events/resolve-event.ts";
import { noteLogged } from "../log.ts";
import { present } from "../present.ts";
import { fieldOf, listOf, numberOf, textOf } from "../untrusted.ts";
import { refuseUsage } from "./refuse-usage.ts";
import { usageStateOf } from "./usage-records.ts";

interface Report {
  readonly isStale: false;
  /** How many meter events were wrong, and how many of them the report names. */
  readonly errors: number;
  readonly named: number;
}

/** Throws BAD_REQUEST for a message that is no such report: it ends in the dead-letter queue. */
export async function consumeMeterReport(message: QueueMessage): Promise<void> {
  const queued = queuedEvent(message);
  const { head } = queued;
  if (queued.kind !== "thin" || !METER_REPORTS.includes(head.type))
    throw new Problem("BAD_REQUEST", `Message ${message.messageId} is neither usage nor a report about it`);
  const { messageId, deadline, now } = message;
  const record = recordOf(queued, message);
  const read = stripeReader({ deadline, now, noteVendorRequest: record.noteVendorRequest });
  let isBegun = false;
  try {
    const once = await applyOnce<Report | Ignored>(
      { queued, queue: "usage", messageId, deadline, now },
      async () => {
        await record.begin();
        isBegun = true;
        const foreign = foreignness(head, env("STAGE"));
        if (foreign !== undefined) {
          await record.end("succeeded", { ignored: true, reason: foreign });
          return { ignored: foreign satisfies IgnoredReason };
        }
        const report = await applyReport(await read(`/v2/core/events/${head.id}`), now);
        await record.end("succeeded", { ...report });
        return report;
      },
    );
    if (!once.applied) return record.writeLogLine("duplicate", present({ inProgress: once.inProgress }));
    const { result } = once;
    if ("ignored" in result)
      return record.writeLogLine("ignored", { reason: result.ignored }, undefined, ONE_IGNORED);
    const { errors, named } = result;
    record.writeLogLine("succeeded", { errors, named }, undefined, [
      { dimensions: ["stage"], values: { UsageRefused: errors } },
    ]);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isBegun) throw await record.refuse(problem);
    record.writeLogLine(problem instanceof EventInProgress ? "duplicate" : "failed", {}, problem);
    noteLogged(problem);
    throw problem;
  }
}

async function applyReport(event: unknown, now: () => Date): Promise<Report> {
  const reason = fieldOf(event, "data", "reason");
  if (reason === undefined) throw new Problem("NOT_FOUND", "Stripe does not have what the report says");
  const samples = listOf(fieldOf(reason, "error_types")).flatMap((type) =>
    listOf(fieldOf(type, "sample_errors")).map((error) => ({
      code: textOf(fieldOf(type, "code")) ?? "refused",
      identifier: textOf(fieldOf(error, "request", "identifier")),
    })),
  );
  let named = 0;
  for (const { code, identifier } of samples) {
    const usage = identifier === undefined ? undefined : await usageStateOf(identifier);
    if (usage === undefined) continue;
    named += 1;
    await refuseUsage(usage, code, now());
  }
  return { isStale: false, errors: numberOf(fieldOf(reason, "error_count")) ?? samples.length, named };
}
