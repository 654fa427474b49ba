/** The list of events: pages of the inbox, newest first. */
import type { Item } from "../../../lib/aws/dynamodb.ts";
import { Problem } from "../../../lib/errors.ts";
import { EVENT_QUEUES } from "../../../lib/events/event-queues.ts";
import { isLost } from "../../../lib/events/inbox.ts";
import { queueOfEvent } from "../../../lib/events/route-event.ts";
import { objectIdOf } from "../../../lib/events/stripe-event.ts";
import { present } from "../../../lib/present.ts";
import type { MissingEvent } from "../../../lib/reconcile/missing.ts";
import { singleWord } from "../../../lib/scrub.ts";
import { textOf } from "../../../lib/untrusted.ts";
import { readTime } from "../../command-line/values.ts";
import { INBOX_STATES } from "../../events/command.ts";
import { matches } from "../../events/event-filter.ts";
import { isObjectId, isTypePattern } from "../../events/filter-options.ts";
import { findEntries, type InboxFilter, type InboxPlace } from "../../events/inbox-entries.ts";
import { compareWithStripe } from "../../events/reconcile.ts";
import { filteredOf } from "../../events/shown.ts";

export interface EventRow {
  readonly eventId: string;
  readonly type: string;
  /** `missing`: Stripe has it, and it was never received. */
  readonly state: "done" | "processing" | "queued" | "ignored" | "missing";
  /** Why it was ignored. */
  readonly reason?: string;
  readonly isStale: boolean;
  readonly isLost: boolean;
  readonly queue: string;
  readonly objectId?: string;
  /** UTC, ISO 8601, as all times here. */
  readonly created: string;
  readonly receivedAt?: string;
  readonly appliedAt?: string;
}

export interface EventList {
  readonly events: readonly EventRow[];
  readonly matching: number;
  /** The `before` of the next page; left out if this is the last. */
  readonly next?: string;
  /** What the filter can choose from. */
  readonly states: readonly string[];
  readonly queues: readonly string[];
}

const PAGE = 50;
/** The state of what the inbox does not have. */
const MISSING = "missing";

/** Throws BAD_REQUEST for a filter that does not exist. */
export async function eventList(query: URLSearchParams, now: Date): Promise<EventList> {
  const filter = filterOf(query, now);
  const choices = { states: [...INBOX_STATES, MISSING], queues: EVENT_QUEUES };
  if (filter.state === MISSING) return { ...(await missingList(filter, now)), ...choices };
  const { entries, matching } = await findEntries(filter, PAGE);
  const last = entries.at(-1);
  return {
    events: entries.map((item) => eventRow(item, now)),
    matching,
    ...(last === undefined || matching <= entries.length ? {} : { next: `${last.created},${last.eventId}` }),
    ...choices,
  };
}

/** Asks Stripe. All of them are on one page: they are what is wrong. */
async function missingList({ state: _missing, queue, before: _place, ...filter }: InboxFilter, now: Date) {
  const { missing } = await compareWithStripe({ dryRun: true, ...present({ since: filter.since }) }, now);
  const events = missing
    .filter(({ queued }) => matches(filter, filteredOf(queued)))
    .map((event) => missingRow(event, now))
    .filter((row) => queue === undefined || row.queue === queue);
  return { events, matching: events.length };
}

function missingRow({ queued, item }: MissingEvent, now: Date): EventRow {
  if (item !== undefined) return eventRow(item, now);
  const { id, type, created } = queued.head;
  const objectId = objectIdOf(queued);
  return {
    ...{ eventId: singleWord(id), type: singleWord(type), state: MISSING, isStale: false, isLost: false },
    queue: queueOfEvent(queued),
    created: new Date(created * 1000).toISOString(),
    ...present({ objectId: objectId === undefined ? undefined : singleWord(objectId) }),
  };
}

export function eventRow(item: Item, now: Date): EventRow {
  const word = (value: unknown) => {
    const text = textOf(value);
    return text === undefined ? undefined : singleWord(text);
  };
  return {
    eventId: String(item.eventId),
    type: word(item.type) ?? "",
    state: INBOX_STATES.find((state) => state === item.state) ?? "queued",
    isStale: item.stale === true,
    isLost: isLost(item, now),
    queue: word(item.queue) ?? "",
    created: new Date(Number(item.created) * 1000).toISOString(),
    ...present({
      reason: word(item.reason),
      objectId: word(item.objectId),
      receivedAt: textOf(item.receivedAt),
      appliedAt: textOf(item.appliedAt),
    }),
  };
}

function filterOf(query: URLSearchParams, now: Date): InboxFilter {
  const given = (name: string) => query.get(name)?.trim() || undefined;
  const [type, objectId, since] = [given("type"), given("object"), given("since")];
  if (type !== undefined && !isTypePattern(type))
    throw new Problem("BAD_REQUEST", "The type is one such as invoice.paid or charge.*");
  if (objectId !== undefined && !isObjectId(objectId))
    throw new Problem("BAD_REQUEST", "The object is an id such as pi_3MtwBwLkdIwHu7ix28a3tqPa");
  return present({
    type,
    objectId,
    since: since === undefined ? undefined : readTime("since", since, now),
    state: oneOf(given("state"), "state", [...INBOX_STATES, MISSING]),
    queue: oneOf(given("queue"), "queue", EVENT_QUEUES),
    before: placeIn(given("before")),
  });
}

function oneOf(name: string | undefined, parameter: string, names: readonly string[]): string | undefined {
  if (name !== undefined && !names.includes(name))
    throw new Problem("BAD_REQUEST", `The ${parameter} is one of ${names.join(", ")}`);
  return name;
}

/** `<Unix seconds>,<event id>` */
function placeIn(text: string | undefined): InboxPlace | undefined {
  const [, created, eventId] = /^(\d{1,12}),(\w+)$/.exec(text ?? "") ?? [];
  return created === undefined || eventId === undefined ? undefined : { created: Number(created), eventId };
}
