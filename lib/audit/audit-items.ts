/**
 * Reads entries and heads from where they are: a day that is archived completely from the archive, any other from the table.
 * Both have the same items, so nothing else needs to know. One object serves one query or one verification, and remembers
 * what it has read of the archive.
 */
import { getItems, type Item, queryItems } from "../aws/dynamodb.ts";
import { getObject, listKeys } from "../aws/s3.ts";
import { env, optionalEnv } from "../env.ts";
import { present } from "../present.ts";
import {
  type ArchivedPart,
  DAYS_PREFIX,
  dayKey,
  dayOfPartition,
  itemsInPart,
  readManifest,
  sha256Of,
} from "./archive-files.ts";
import type { AuditKey } from "./audit-key.ts";
import { partitionPages } from "./partition-pages.ts";
import { ARCHIVED_AFTER_DAYS } from "./retention.ts";
import { dayOf } from "./stored-entry.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How many parts are kept in memory: a page of a day reads one of each shard, and their heads. */
const PARTS_IN_MEMORY = 12;

export interface Page {
  /** The range of sort keys, both included. */
  readonly low: string;
  readonly high: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: Item;
}

export interface Damage {
  /** `2026-11-25` */
  readonly day: string;
  /** A file of the archive, and what is wrong with it, as a sentence without its full stop. */
  readonly wrong: string;
}

export class AuditItems {
  readonly #keys: ReadonlyMap<string, AuditKey>;
  readonly #now: Date;
  readonly #manifests = new Map<string, Promise<readonly ArchivedPart[] | undefined>>();
  readonly #parts = new Map<string, Promise<readonly Item[]>>();
  #days: Promise<ReadonlySet<string>> | undefined;
  readonly #damages = new Map<string, Damage>();

  /** `keys`: of all known secrets. */
  constructor(keys: ReadonlyMap<string, AuditKey>, now: Date) {
    this.#keys = keys;
    this.#now = now;
  }

  /** What is not as the archiver wrote it, among the files that were read until now. */
  get damages(): readonly Damage[] {
    return [...this.#damages.values()];
  }

  /** One page of a partition, by descending sort keys. `next` is present if there may be more. */
  async page(
    partition: string,
    { low, high, limit, after }: Page,
  ): Promise<{ readonly items: Item[]; readonly next?: Item }> {
    const parts = await this.#partsOf(partition);
    if (parts === undefined) {
      return queryItems(env("AUDIT_LOG_TABLE"), {
        key: {
          // BETWEEN includes both ends.
          expression: "#partition = :partition AND #sort BETWEEN :low AND :high",
          names: { "#partition": "partition", "#sort": "sort" },
          values: { ":partition": partition, ":low": low, ":high": high },
        },
        descending: true,
        limit,
        ...present({ after }),
      });
    }
    const items: Item[] = [];
    const end = after === undefined ? undefined : String(after.sort);
    for (const part of parts.toReversed()) {
      if (part.first > high || part.last < low || (end !== undefined && part.first >= end)) continue;
      for (const item of (await this.#itemsOf(part)).toReversed()) {
        const sort = String(item.sort);
        if (sort < low || sort > high || (end !== undefined && sort >= end)) continue;
        items.push(item);
        if (items.length === limit) return { items, next: { partition, sort } };
      }
    }
    return { items };
  }

  /** All items of a partition, by ascending sort keys. */
  async all(partition: string): Promise<Item[]> {
    const parts = await this.#partsOf(partition);
    const items: Item[] = [];
    if (parts !== undefined) {
      for (const part of parts) items.push(...(await this.#itemsOf(part)));
      return items;
    }
    for await (const page of partitionPages(partition)) items.push(...page);
    return items;
  }

  /** The items with these keys, in no order; keys without an item are left out. */
  async get(keys: readonly Item[]): Promise<Item[]> {
    const inTable: Item[] = [];
    const found: Item[] = [];
    for (const key of keys) {
      const partition = String(key.partition);
      const sort = String(key.sort);
      const parts = await this.#partsOf(partition);
      if (parts === undefined) inTable.push(key);
      for (const part of parts ?? []) {
        if (part.first > sort || part.last < sort) continue;
        found.push(...(await this.#itemsOf(part)).filter((item) => item.sort === sort));
      }
    }
    return [...found, ...(await getItems(env("AUDIT_LOG_TABLE"), inTable))];
  }

  /** The parts of an archived partition; undefined if it is in the table. */
  async #partsOf(partition: string): Promise<readonly ArchivedPart[] | undefined> {
    const day = dayOfPartition(partition);
    if (day === undefined || !(await this.#isArchived(day))) return undefined;
    const known = this.#manifests.get(day) ?? this.#readManifest(day);
    this.#manifests.set(day, known);
    return (await known)?.filter((part) => part.partition === partition);
  }

  /** Days that cannot be in the archive yet cost no request. */
  async #isArchived(day: string): Promise<boolean> {
    const bucket = optionalEnv("AUDIT_ARCHIVE_BUCKET");
    const isRecent = day >= dayOf(new Date(this.#now.getTime() - ARCHIVED_AFTER_DAYS * DAY_MS));
    if (bucket === undefined || isRecent) return false;
    this.#days ??= listKeys(bucket, DAYS_PREFIX).then((keys) => new Set(keys));
    return (await this.#days).has(dayKey(day));
  }

  async #readManifest(day: string): Promise<readonly ArchivedPart[] | undefined> {
    const key = dayKey(day);
    const body = await getObject(env("AUDIT_ARCHIVE_BUCKET"), key);
    if (body === undefined) return undefined;
    const { manifest, wrong } = readManifest(body, this.#keys);
    if (wrong !== undefined) this.#note(day, key, wrong);
    else if (manifest.day !== day) this.#note(day, key, `is that of ${manifest.day}`);
    return manifest.parts;
  }

  #itemsOf(part: ArchivedPart): Promise<readonly Item[]> {
    const known = this.#parts.get(part.key) ?? this.#readPart(part);
    // The parts that were not used for longest are forgotten first.
    this.#parts.delete(part.key);
    this.#parts.set(part.key, known);
    for (const key of this.#parts.keys()) {
      if (this.#parts.size <= PARTS_IN_MEMORY) break;
      this.#parts.delete(key);
    }
    return known;
  }

  async #readPart({ key, partition, sha256 }: ArchivedPart): Promise<readonly Item[]> {
    const day = dayOfPartition(partition) ?? "";
    const body = await getObject(env("AUDIT_ARCHIVE_BUCKET"), key);
    if (body === undefined) {
      this.#note(day, key, "was removed");
      return [];
    }
    const items = itemsInPart(body);
    if (items === undefined || sha256Of(body) !== sha256) this.#note(day, key, "was altered");
    // An item of another partition would be in two places at once.
    return (items ?? []).filter((item) => item.partition === partition);
  }

  #note(day: string, key: string, wrong: string): void {
    this.#damages.set(key, { day, wrong: `${key}, a file of the archive, ${wrong}` });
  }
}
