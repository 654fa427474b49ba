/** `npm run events -- list`: the events of the inbox, or with `--dead` the messages of the dead-letter queues. */

import type { Item } from "../../lib/aws/dynamodb.ts";
import { isLost } from "../../lib/events/inbox.ts";
import { objectIdOf } from "../../lib/events/stripe-event.ts";
import { present } from "../../lib/present.ts";
import { singleWord } from "../../lib/scrub.ts";
import { textTable } from "../text-table.ts";
import type { EventsAsked } from "./command.ts";
import { type DeadLetter, findDeadLetters } from "./dead-letters.ts";
import { findEntries } from "./inbox-entries.ts";
import { counted, ignoredFor, timeOf, utc } from "./shown.ts";

type ListAsked = Extract<EventsAsked, { action: "list" }>;

const HEADINGS = ["CREATED (UTC)", "STATE", "TYPE", "OBJECT", "EVENT", "SEEN", "APPLIED"];

export async function listEvents({ filter, state, limit }: ListAsked, now: Date): Promise<void> {
  const { entries, matching } = await findEntries({ ...filter, ...present({ state }) }, limit);
  if (entries.length === 0) return console.log("The inbox has no matching event.");
  console.log(textTable([HEADINGS, ...entries.map((item) => rowOf(item, now))]));
  if (matching > entries.length)
    console.log(`\nThe newest ${entries.length} of ${matching}; --limit shows more.`);
}

function rowOf(item: Item, now: Date): string[] {
  const { type, objectId = "", eventId, receivedAt, appliedAt } = item;
  return [
    timeOf(Number(item.created)),
    stateOf(item, now),
    ...[type, objectId, eventId].map((word) => singleWord(String(word))),
    utc(String(receivedAt)),
    appliedAt === undefined ? "" : utc(String(appliedAt)),
  ];
}

function stateOf(item: Item, now: Date): string {
  const { state, stale } = item;
  if (state === "ignored") return ignoredFor(item);
  return isLost(item, now) ? `${state}, lost` : stale === true ? `${state}, stale` : String(state);
}

const DEAD_HEADINGS = ["CREATED (UTC)", "QUEUE", "TYPE", "OBJECT", "EVENT", "SENT", "BY"];

export async function listDeadLetters({ filter, limit }: ListAsked): Promise<void> {
  const letters = await findDeadLetters(filter);
  if (letters.length === 0) return console.log("The dead-letter queues have no matching message.");
  console.log(textTable([DEAD_HEADINGS, ...letters.slice(0, limit).map(deadRowOf)]));
  console.log(
    `\n${counted(letters.length, "message")}. \`npm run events -- redrive\` sends them to their queues again.`,
  );
}

function deadRowOf({
  queue,
  queued,
  report,
  notificationId,
  messageId,
  sentAt,
  sender,
}: DeadLetter): string[] {
  const sent = [utc(sentAt.toISOString()), sender];
  const message = `message ${messageId}`;
  if (notificationId !== undefined)
    return ["", queue, "notification", "", singleWord(notificationId), ...sent];
  if (report === "greeting") return ["", queue, "greeting", "", message, ...sent];
  if (report !== undefined)
    return ["", queue, report.eventType, singleWord(report.facts.paymentId ?? ""), message, ...sent];
  if (queued === undefined)
    return ["", queue, queue === "mail" ? "no report" : "no event", "", message, ...sent];
  const { id, type, created } = queued.head;
  return [
    timeOf(created),
    queue,
    ...[type, objectIdOf(queued) ?? "", id].map((word) => singleWord(word)),
    ...sent,
  ];
}
