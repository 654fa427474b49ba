/** Finds entries of the inbox, through the index of objects or by scanning the whole inbox. */

import { getItems, type Item, queryItems, scanPage } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { present } from "../../lib/present.ts";
import { showProgress } from "../progress-line.ts";
import { type EventFilter, matches } from "./event-filter.ts";
import { counted } from "./shown.ts";

export interface InboxFilter extends EventFilter {
  readonly state?: string;
  readonly queue?: string;
  /** Only what comes after this place in the list. */
  readonly before?: InboxPlace;
}

/** The place of an event in the list: newest first, and among those of one second by id. */
export interface InboxPlace {
  /** Unix seconds. */
  readonly created: number;
  readonly eventId: string;
}

export interface InboxEntries {
  /** Newest first, at most `limit`. */
  readonly entries: readonly Item[];
  readonly matching: number;
}

export async function findEntries(filter: InboxFilter, limit: number): Promise<InboxEntries> {
  const found: Item[] = [];
  let matching = 0;
  let read = 0;
  for await (const items of filter.objectId === undefined ? allItems() : itemsOf(filter.objectId)) {
    const wanted = items.filter((item) => isWanted(item, filter));
    matching += wanted.length;
    read += items.length;
    found.push(...wanted);
    found.sort((a, b) => order(placeOf(a), placeOf(b)));
    found.length = Math.min(found.length, limit);
    showProgress(`${counted(read, "entry", "entries")} read, ${matching} match ...`);
  }
  showProgress("");
  return { entries: found, matching };
}

function isWanted(item: Item, { state, queue, before, ...filter }: InboxFilter): boolean {
  const event = {
    type: String(item.type),
    objectId: String(item.objectId),
    created: Number(item.created),
  };
  return (
    (state === undefined || state === item.state) &&
    (queue === undefined || queue === item.queue) &&
    (before === undefined || order(before, placeOf(item)) < 0) &&
    matches(filter, event)
  );
}

const placeOf = ({ created, eventId }: Item): InboxPlace => ({
  created: Number(created),
  eventId: String(eventId),
});

function order(a: InboxPlace, b: InboxPlace): number {
  return b.created - a.created || (a.eventId < b.eventId ? -1 : a.eventId === b.eventId ? 0 : 1);
}

async function* allItems(): AsyncGenerator<Item[]> {
  let after: Item | undefined;
  do {
    const { items, next } = await scanPage(env("STRIPE_EVENTS_TABLE"), { after });
    yield items;
    after = next;
  } while (after !== undefined);
}

/** The entries about one object, newest first, in pages. */
export async function* itemsOf(objectId: string): AsyncGenerator<Item[]> {
  let after: Item | undefined;
  do {
    const { items, next } = await queryItems(env("STRIPE_EVENTS_TABLE"), {
      key: { expression: "objectId = :objectId", values: { ":objectId": objectId } },
      index: "by-object",
      descending: true,
      ...present({ after }),
    });
    yield await getItems(
      env("STRIPE_EVENTS_TABLE"),
      items.map(({ eventId }) => ({ eventId })),
    );
    after = next;
  } while (after !== undefined);
}
