/** `npm run events -- show <event id>`: everything that is known of one event, in the order of time. */
import { findEntries } from "../../lib/audit/query.ts";
import { getItem, type Item } from "../../lib/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { Problem } from "../../lib/errors.ts";
import { isLost } from "../../lib/events/inbox.ts";
import { objectIdOf } from "../../lib/events/stripe-event.ts";
import { TOPICS, topicOf } from "../../lib/events/topics.ts";
import { singleWord } from "../../lib/scrub.ts";
import { textTable } from "../text-table.ts";
import { type DeadLetter, visitDeadLetters } from "./dead-letters.ts";
import { timeOf, utc } from "./shown.ts";
import { eventAtStripe } from "./stripe-events.ts";

/** Deliveries shown, the newest first taken. */
const ENTRIES = 100;

interface Line {
  /** `2026-11-25 08:30:00`, UTC. */
  readonly time: string;
  readonly where: string;
  readonly what: string;
}

/** Throws NOT_FOUND when nobody knows the event. */
export async function showEvent(eventId: string, now: Date): Promise<void> {
  const [item, atStripe, letters, audit] = await Promise.all([
    getItem(env("STRIPE_EVENTS_TABLE"), { eventId }),
    eventAtStripe(eventId),
    deadLettersOf(eventId),
    findEntries(
      { resource: eventId, from: new Date(0), to: new Date(now.getTime() + 1_000), limit: ENTRIES },
      now,
    ),
  ]);
  if (item === undefined && atStripe === undefined && letters.length === 0) {
    throw new Problem(
      "NOT_FOUND",
      `Neither the inbox, nor a dead-letter queue, nor Stripe (which keeps events for 30 days) has ${eventId}`,
    );
  }
  const objectId =
    atStripe === undefined ? textOf(item?.objectId) : (objectIdOf(atStripe.queued) ?? textOf(item?.objectId));
  const object =
    objectId === undefined ? undefined : await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  const lines: Line[] = [];
  if (atStripe !== undefined) {
    const pending = atStripe.pendingWebhooks;
    const delivery = pending === 0 ? "no delivery is pending" : `${pending} deliveries are pending`;
    lines.push({ time: timeOf(atStripe.queued.head.created), where: "Stripe", what: `created; ${delivery}` });
  }
  for (const { timestamp, result, code, requestId } of audit.entries) {
    const outcome = code === undefined ? result : `${result}, ${code}`;
    lines.push({ time: utc(timestamp), where: "consumer", what: `${outcome} (message ${requestId})` });
  }
  if (item !== undefined) lines.push(inboxLine(item, now));
  if (object !== undefined) lines.push(objectLine(object, eventId));
  for (const { sentAt, topic } of letters) {
    const time = utc(sentAt.toISOString());
    lines.push({ time, where: "dead letters", what: `waits in ${topic}-events-dead-letter` });
  }
  lines.sort((a, b) => a.time.localeCompare(b.time));

  const type = atStripe?.queued.head.type ?? textOf(item?.type) ?? "an event";
  console.log(
    `${eventId}: ${singleWord(type)}${objectId === undefined ? "" : ` of ${singleWord(objectId)}`}\n`,
  );
  console.log(
    textTable([
      ["TIME (UTC)", "WHERE", "WHAT"],
      ...lines.map(({ time, where, what }) => [time, where, what]),
    ]),
  );
  console.log(
    `\n${adviceOf({ eventId, item, isDead: letters.length > 0, hasConsumer: topicOf(type) !== "unrouted", now })}`,
  );
}

function inboxLine(item: Item, now: Date): Line {
  const { state, receivedAt, appliedAt, stale } = item;
  const time = utc(String(appliedAt ?? receivedAt));
  if (state === "done") {
    const what = stale === true ? "done; the object had moved on by then" : "done";
    return { time, where: "inbox", what };
  }
  return { time, where: "inbox", what: isLost(item, now) ? `${state}, and nothing since` : String(state) };
}

function objectLine(object: Item, eventId: string): Line {
  const by = object.eventId === eventId ? "this event" : singleWord(String(object.eventId));
  return {
    time: utc(String(object.recordedAt)),
    where: "object",
    what: `recorded as ${object.status}, told by ${by}`,
  };
}

/** What to do next. */
function adviceOf(known: {
  readonly eventId: string;
  readonly item: Item | undefined;
  readonly isDead: boolean;
  readonly hasConsumer: boolean;
  readonly now: Date;
}): string {
  const state = known.item?.state;
  if (state === "done") return "It was applied. To apply it once more: replay --again.";
  if (known.isDead)
    return "It could not be applied. The log lines webhook.applied of its message say why; then: redrive.";
  if (!known.hasConsumer) return "Its type has no consumer.";
  if (state === undefined) return `It never reached a consumer: npm run events -- replay ${known.eventId}`;
  if (state === "ignored")
    return `Its type had no consumer when it came: npm run events -- replay ${known.eventId}`;
  if (isLost(known.item, known.now)) return `It was lost: npm run events -- replay ${known.eventId}`;
  return "It is on its way.";
}

async function deadLettersOf(eventId: string): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  const collect = async (letter: DeadLetter) => {
    if (letter.queued?.head.id === eventId) found.push(letter);
    return "keep" as const;
  };
  await Promise.all(TOPICS.map((topic) => visitDeadLetters(topic, collect)));
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
