/** `npm run events -- show <event id>`: everything that is known about one event, in chronological order. */
import type { AuditEntry } from "../../lib/audit/audit-entry.ts";
import { findEntries } from "../../lib/audit/query.ts";
import { getItem, type Item } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { asProblem, Problem } from "../../lib/errors.ts";
import { EVENT_QUEUES, queueOf } from "../../lib/events/event-queues.ts";
import { isLost } from "../../lib/events/inbox.ts";
import { queueOfEvent } from "../../lib/events/route-event.ts";
import { objectIdOf } from "../../lib/events/stripe-event.ts";
import { singleWord } from "../../lib/scrub.ts";
import { textTable } from "../text-table.ts";
import { type DeadLetter, visitDeadLetters } from "./dead-letters.ts";
import { ignoredFor, utc } from "./shown.ts";
import { type EventAtStripe, eventAtStripe } from "./stripe-events.ts";

/** The number of deliveries shown: the newest ones. */
const ENTRIES = 100;

interface Line {
  /** UTC, ISO 8601. */
  readonly time: string;
  readonly where: string;
  readonly what: string;
}

/**
 * Throws NOT_FOUND when neither this account nor Stripe has the event. When Stripe cannot be reached, shows the rest:
 * it can be needed most at that moment.
 */
export async function showEvent(eventId: string, now: Date): Promise<void> {
  const [item, asked, letters, audit] = await Promise.all([
    getItem(env("STRIPE_EVENTS_TABLE"), { eventId }),
    askStripe(eventId),
    deadLettersOf(eventId),
    findEntries(
      { object: eventId, from: new Date(0), to: new Date(now.getTime() + 1_000), limit: ENTRIES },
      now,
    ),
  ]);
  const { atStripe, failure } = asked;
  if (item === undefined && atStripe === undefined && letters.length === 0) {
    if (failure !== undefined) throw failure;
    throw new Problem(
      "NOT_FOUND",
      `Neither the inbox, nor a dead-letter queue, nor Stripe (which keeps events for 30 days) has ${eventId}`,
    );
  }
  const queued = atStripe?.queued ?? letters[0]?.queued;
  const type = queued?.head.type ?? String(item?.type);
  const objectId = (queued === undefined ? undefined : objectIdOf(queued)) ?? textOf(item?.objectId);
  const object =
    objectId === undefined ? undefined : await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });

  const lines = [
    ...(atStripe === undefined ? [] : [stripeLine(atStripe)]),
    ...audit.entries.map(consumerLine),
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
  const hasConsumer = (queued === undefined ? queueOf(type) : queueOfEvent(queued)) !== "unrouted";
  console.log(`\n${adviceOf({ eventId, item, isDead: letters.length > 0, hasConsumer, now })}`);
}

async function askStripe(eventId: string): Promise<{ atStripe?: EventAtStripe; failure?: Problem }> {
  try {
    const atStripe = await eventAtStripe(eventId);
    return atStripe === undefined ? {} : { atStripe };
  } catch (thrown) {
    return { failure: asProblem(thrown) };
  }
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

/** The advice on what to do next. */
function adviceOf(known: {
  readonly eventId: string;
  readonly item: Item | undefined;
  readonly isDead: boolean;
  readonly hasConsumer: boolean;
  readonly now: Date;
}): string {
  const state = known.item?.state;
  if (state === "done") return "It was applied. To apply it again: replay --again.";
  if (known.isDead)
    return "It could not be applied. The log lines webhook.applied of its message say why. After the fix: redrive.";
  if (state === "ignored") return adviceOnIgnored(known);
  if (!known.hasConsumer) return "Its type has no consumer.";
  if (state === undefined) return `It never reached a consumer: npm run events -- replay ${known.eventId}`;
  if (isLost(known.item, known.now)) return `It was lost: npm run events -- replay ${known.eventId}`;
  return "It is queued or being applied.";
}

function adviceOnIgnored({
  eventId,
  item,
  hasConsumer,
}: {
  readonly eventId: string;
  readonly item: Item | undefined;
  readonly hasConsumer: boolean;
}): string {
  switch (item?.reason) {
    case "gone":
      return "Stripe rendered it in another API version than ours and no longer has its object. There is nothing to do.";
    case "other-account":
      return "It comes from a connected account, and only events of our own account are applied.";
    case "other-mode":
      return "It comes from Stripe's other mode (test or live). The webhook endpoint of that mode must not have this stage's URL.";
    case "no-object":
      return "It is not about an object with an id. There is nothing to do.";
    default:
      return hasConsumer
        ? `Its type had no consumer when it arrived: npm run events -- replay ${eventId}`
        : "Its type has no consumer.";
  }
}

async function deadLettersOf(eventId: string): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  const collect = async (letter: DeadLetter) => {
    if (letter.queued?.head.id === eventId) found.push(letter);
    return "keep" as const;
  };
  await Promise.all(EVENT_QUEUES.map((queue) => visitDeadLetters(queue, collect)));
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
