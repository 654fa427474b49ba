/**
 * Reads the audit log, newest first. Without an object's id it reads the partitions of the requested days and merges
 * their shards; with one, the links of that object. Entries that are not as the service wrote them are left out and counted.
 */

import type { Item } from "../aws/dynamodb.ts";
import { log } from "../log.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import type { AuditEntry, AuditResult } from "./audit-entry.ts";
import { AuditItems } from "./audit-items.ts";
import { type AuditKey, auditKeys } from "./audit-key.ts";
import { readChainEntry, readLink } from "./chain-items.ts";
import { withHeldEndings } from "./held-endings.ts";
import { readEntry } from "./read-entry.ts";
import { dayOf, dayPartition, objectPartition, SHARDS } from "./stored-entry.ts";

export interface AuditQuery {
  /** Id of the called resource: a capability, a workflow, an event, or `audit`. */
  readonly resource?: string;
  readonly actor?: string;
  /** Id of an object that the attempt touched, such as `pi_...`. */
  readonly object?: string;
  readonly result?: AuditResult;
  /** UTC, included. */
  readonly from: Date;
  /** UTC, excluded. */
  readonly to: Date;
  /** 1 to 100. */
  readonly limit: number;
  /** Where the previous page ended: its last sort key. */
  readonly before?: string;
}

export interface FoundEntries {
  readonly entries: AuditEntry[];
  /** How many entries were left out because they are not as the service wrote them. */
  readonly unverified: number;
  /** Where this page ends; left out if nothing is left to read. A short or empty page need not be the last. */
  readonly end?: string;
}

/** A page ends after this many characters of JSON, full or not, because Lambda sends at most 6 MB. */
const MAX_PAGE_CHARACTERS = 1_000_000;
type Keys = ReadonlyMap<string, AuditKey>;

/** Where the log is read from. */
interface Log {
  readonly keys: Keys;
  readonly stored: AuditItems;
}

/** How many items of one partition are read at a time. */
const CHUNK = 50;
/** By default, a page ends after reading this many items, full or not, because matching entries can be rare. */
const MAX_ITEMS_READ = 2_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * One page. Reads consistently: it includes every call that was completed before. `now` separates pending from
 * interrupted.
 */
export async function findEntries(
  query: AuditQuery,
  now: Date,
  { maxItemsRead = MAX_ITEMS_READ } = {},
): Promise<FoundEntries> {
  const keys = auditKeys(await appSecrets());
  const stored = new AuditItems(keys, now);
  const found = await readPage(query, now, { keys, stored, maxItemsRead });
  for (const { day, wrong } of stored.damages) {
    log("error", { event: "audit.archive-not-verified", day, reason: wrong });
  }
  return { ...found, unverified: found.unverified + stored.damages.length };
}

async function readPage(
  query: AuditQuery,
  now: Date,
  { keys, stored, maxItemsRead }: Log & { readonly maxItemsRead: number },
): Promise<FoundEntries> {
  const entries: AuditEntry[] = [];
  let unverified = 0;
  let read = 0;
  let characters = 0;
  let end: string | undefined;
  const parts = partsOf(query, { keys, stored });
  for (const [index, sources] of parts.entries()) {
    for (;;) {
      const hungry = sources.filter((source) => source.isHungry());
      if (hungry.length > 0 && read >= maxItemsRead) return endedAt({ entries, unverified }, end);
      read += (await Promise.all(hungry.map((source) => source.feed()))).reduce((sum, n) => sum + n, 0);
      if (hungry.length > 0) continue;
      const found = takeNewest(sources);
      if (found === undefined) break;
      end = found.sort;
      if (found.item !== undefined && !isVerified(found.item, keys)) {
        unverified += 1;
        log("error", { event: "audit.entry-not-verified", sort: found.sort });
        continue;
      }
      const entry = found.item === undefined ? undefined : readable(found.item, now);
      if (entry !== undefined && matches(entry, query)) {
        entries.push(entry);
        characters += JSON.stringify(entry).length;
      }
      if (entries.length === query.limit || characters >= MAX_PAGE_CHARACTERS) {
        const nothingLeft = index === parts.length - 1 && sources.every((source) => source.isDone());
        return nothingLeft ? { entries, unverified } : endedAt({ entries, unverified }, end);
      }
    }
  }
  return { entries, unverified };
}

const endedAt = (found: FoundEntries, end: string | undefined): FoundEntries =>
  end === undefined ? found : { ...found, end };

/** A digest covers the item's key, so an entry that was copied to another place is not verified either. */
function isVerified(item: Item, keys: Keys): boolean {
  const read = readChainEntry(item, keys);
  return read.ok && read.entry.ending !== "altered";
}

function readable(item: Item, now: Date): AuditEntry | undefined {
  const entry = readEntry(item, now);
  if (entry === undefined) log("warn", { event: "audit.entry-not-readable", sort: String(item.sort) });
  return entry;
}

function matches(entry: AuditEntry, query: AuditQuery): boolean {
  return (
    (query.resource ?? entry.resource.id) === entry.resource.id &&
    (query.actor ?? entry.actor.id) === entry.actor.id &&
    (query.result ?? entry.result) === entry.result &&
    (query.object === undefined || entry.objects.includes(query.object))
  );
}

/** Groups of partitions, to be read one after the other; within a group, places are merged by sort key. */
function partsOf(query: AuditQuery, from: Log): Source[][] {
  if (query.object !== undefined) {
    return [[new Source(objectPartition(query.object), query, from, entriesOfLinks)]];
  }
  return daysOf(query).map((day) =>
    Array.from(
      { length: SHARDS },
      (_, shard) => new Source(dayPartition(day, shard), query, from, entriesThemselves),
    ),
  );
}

function daysOf({ from, to, before }: AuditQuery): string[] {
  const ended = before === undefined ? to : new Date(before.slice(0, before.indexOf("#")));
  const days: string[] = [];
  let time = Math.min(to.getTime() - 1, ended.getTime());
  for (; dayOf(new Date(time)) >= dayOf(from); time -= DAY_MS) days.push(dayOf(new Date(time)));
  return days;
}

/** A place in the log; without an item if a link points to nothing. */
interface Place {
  readonly sort: string;
  readonly item?: Item;
}

/** One partition, read backwards in chunks. */
class Source {
  readonly #partition: string;
  readonly #query: AuditQuery;
  readonly #log: Log;
  readonly #entriesOf: (items: readonly Item[], from: Log) => Promise<Place[]>;
  #places: Place[] = [];
  #after: Item | undefined;
  #ended = false;

  constructor(
    partition: string,
    query: AuditQuery,
    from: Log,
    entriesOf: (items: readonly Item[], from: Log) => Promise<Place[]>,
  ) {
    this.#partition = partition;
    this.#query = query;
    this.#log = from;
    this.#entriesOf = entriesOf;
  }

  isHungry(): boolean {
    return this.#places.length === 0 && !this.#ended;
  }

  isDone(): boolean {
    return this.#places.length === 0 && this.#ended;
  }

  newest(): Place | undefined {
    return this.#places[0];
  }

  take(): Place | undefined {
    return this.#places.shift();
  }

  /** Reads the next chunk and returns its number of items. */
  async feed(): Promise<number> {
    const { from, to, before } = this.#query;
    const high = before === undefined || before > to.toISOString() ? to.toISOString() : before;
    const { items, next } = await this.#log.stored.page(this.#partition, {
      // Both are included. No sort key is a bare time; the one of `before` is left out below.
      low: from.toISOString(),
      high,
      limit: CHUNK,
      ...present({ after: this.#after }),
    });
    this.#after = next;
    this.#ended = next === undefined;
    this.#places = (await this.#entriesOf(items, this.#log)).filter(({ sort }) => sort !== before);
    return items.length;
  }
}

function takeNewest(sources: readonly Source[]): Place | undefined {
  let best: Source | undefined;
  for (const source of sources) {
    if ((source.newest()?.sort ?? "") > (best?.newest()?.sort ?? "")) best = source;
  }
  return best?.take();
}

async function entriesThemselves(items: readonly Item[], from: Log): Promise<Place[]> {
  return (await withHeldEndings(items, from)).map((item) => ({ sort: String(item.sort), item }));
}

/** A link can point to nothing: it is written concurrently with its entry, and TTL removes them independently. */
async function entriesOfLinks(links: readonly Item[], from: Log): Promise<Place[]> {
  const places = links.map((item) => ({ item, read: readLink(item, from.keys) }));
  const wanted = places.flatMap(({ read }) =>
    read.ok ? [{ partition: read.link.entry, sort: read.link.sort }] : [],
  );
  const entries = await withHeldEndings(await from.stored.get(wanted), from);
  const bySort = new Map(entries.map((entry) => [String(entry.sort), entry]));
  return places.map(({ item: link, read }) => {
    const sort = String(link.sort);
    // A forged link is no entry either, and is counted as one.
    const item = read.ok ? bySort.get(sort) : link;
    return item === undefined ? { sort } : { sort, item };
  });
}
