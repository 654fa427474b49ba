/** `npm run events -- show <event id>`: everything that is known about one event, in chronological order. */
import type { AuditEntry } from "../../lib/audit/audit-entry.ts";
import type { Item } from "../../lib/aws/dynamodb.ts";
import { isLost } from "../../lib/events/inbox.ts";
import { singleWord } from "../../lib/scrub.ts";
import { textTable } from "../text-table.ts";
import type { DeadLetter } from "./dead-letters.ts";
import { adviceOn } from "./event-advice.ts";
import { findKnownEvent } from "./known-event.ts";
import { ignoredFor, utc } from "./shown.ts";
import type { EventAtStripe } from "./stripe-events.ts";

interface Line {
  /** UTC, ISO 8601. */
  readonly time: string;
  readonly where: string;
  readonly what: string;
}

/** Throws the problems of `findKnownEvent`. */
export async function showEvent(eventId: string, now: Date): Promise<void> {
  const known = await findKnownEvent(eventId, now);
  const { atStripe, deliveries, item, object, letters, type, objectId, failure } = known;
  const lines = [
    ...(atStripe === undefined ? [] : [stripeLine(atStripe)]),
    ...deliveries.map(consumerLine),
    ...(item === undefined ? [] : [inboxLine(item, now)]),
    ...(object === undefined ? [] : [objectLine(object, eventId)]),
    ...letters.map(deadLine),
  ].sort((a, b) => a.time.localeCompare(b.time));
  console.log(
    `${eventId}: ${singleWord(type)}${objectId === undefined ? "" : ` of ${singleWord(objectId)}`}\n`,
  );
  console.log(
    textTable([
      ["TIME (UTC)", "WHERE", "WHAT"],
      ...lines.map(({ time, where, what }) => [utc(time), where, what]),
    ]),
  );
  if (failure !== undefined) console.log(`\nThe event could not be read from Stripe: ${failure.message}.`);
  console.log(`\n${adviceOn(known, now)}`);
}

function stripeLine({ queued, pendingWebhooks }: EventAtStripe): Line {
  const delivery =
    pendingWebhooks === 0 ? "no delivery is pending" : `pending deliveries: ${pendingWebhooks}`;
  return {
    time: new Date(queued.head.created * 1000).toISOString(),
    where: "Stripe",
    what: `created; ${delivery}`,
  };
}

function consumerLine({ timestamp, result, code, requestId }: AuditEntry): Line {
  const outcome = code === undefined ? result : `${result}, ${code}`;
  return { time: timestamp, where: "consumer", what: `${outcome} (message ${requestId})` };
}

function deadLine({ sentAt, queue, sender }: DeadLetter): Line {
  const what = `waits in ${queue}-events-dead-letter${sender === "us" ? "" : "; none of our functions has sent it"}`;
  return { time: sentAt.toISOString(), where: "dead letters", what };
}

function inboxLine(item: Item, now: Date): Line {
  const { state, receivedAt, appliedAt, stale } = item;
  const time = String(appliedAt ?? receivedAt);
  if (state === "done") {
    const what = stale === true ? "done; the object already had a newer state" : "done";
    return { time, where: "inbox", what };
  }
  if (state === "ignored") return { time, where: "inbox", what: ignoredFor(item) };
  return { time, where: "inbox", what: isLost(item, now) ? `${state}, no progress since` : String(state) };
}

function objectLine(object: Item, eventId: string): Line {
  const by = object.eventId === eventId ? "this event" : singleWord(String(object.eventId));
  return {
    time: String(object.recordedAt),
    where: "object",
    what: `recorded as ${object.status}, from ${by}`,
  };
}
