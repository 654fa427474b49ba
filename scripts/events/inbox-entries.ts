/** Finds entries of the inbox, through the index of objects or by scanning the whole inbox. */

import { getItems, type Item, queryItems, scanPage } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { present } from "../../lib/present.ts";
import { showProgress } from "../progress-line.ts";
import { type EventFilter, matches } from "./event-filter.ts";
import { counted } from "./shown.ts";

export interface InboxEntries {
  /** Newest first, at most `limit`. */
  readonly entries: readonly Item[];
  readonly matching: number;
}

export async function findEntries(
  filter: EventFilter & { readonly state?: string },
  limit: number,
): Promise<InboxEntries> {
  const found: Item[] = [];
  let matching = 0;
  let read = 0;
  for await (const items of filter.objectId === undefined ? allItems() : itemsOf(filter.objectId)) {
    const wanted = items.filter((item) => isWanted(item, filter));
    matching += wanted.length;
    read += items.length;
    found.push(...wanted);
    found.sort((a, b) => Number(b.created) - Number(a.created));
    found.length = Math.min(found.length, limit);
    showProgress(`${counted(read, "entry", "entries")} read, ${matching} match ...`);
  }
  showProgress("");
  return { entries: found, matching };
}

function isWanted(item: Item, filter: EventFilter & { readonly state?: string }): boolean {
  const event = {
    type: String(item.type),
    objectId: String(item.objectId),
    created: Number(item.created),
  };
  return (filter.state === undefined || filter.state === item.state) && matches(filter, event);
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
