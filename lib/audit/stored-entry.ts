/**
 * How the audit log is stored in the table AuditLog: keys, attributes and what each digest covers. Pure.
 *
 *   day#<UTC day>#<shard>   <timestamp>#<eventId>   an entry
 *   object#<id>             <timestamp>#<eventId>   a link to the entry of an attempt that touched the object
 *   heads#<UTC day>         <writer>                the end of a writer's chain, stored before its first entry
 *
 * Each item has a digest over all its attributes, its key included, so that it is worth nothing in another place. A writer's entries form a chain, each with the digest of the one before. A chain belongs to one day and one shard.
 */
import { hash } from "node:crypto";
import type { Item } from "../aws/dynamodb.ts";
import type { AuditBeginning, AuditEnding } from "./audit-entry.ts";
import type { AuditKey } from "./audit-key.ts";

/** How many partitions share the writes of a day. */
export const SHARDS = 8;
const SECONDS_A_DAY = 24 * 60 * 60;

/** `2026-11-25`, UTC. */
export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

export const dayPartition = (day: string, shard: number): string => `day#${day}#${shard}`;
export const headPartition = (day: string): string => `heads#${day}`;
export const objectPartition = (objectId: string): string => `object#${objectId}`;

/** The shard that contains a writer's entries. */
export function shardOf(writer: string): number {
  return hash("sha256", writer, "buffer").readUInt32BE() % SHARDS;
}

/**
 * Unix seconds from which TTL can remove the items of `day`: the same for the whole day, so that a chain never loses
 * its beginning while its end must still be verified.
 */
export function expiryOf(day: string, retentionDays: number): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000 + (1 + retentionDays) * SECONDS_A_DAY;
}

/**
 * An ending that is known to be stored, named in the next entry or the head, so that it cannot be removed unnoticed.
 */
export interface ClosedEnding {
  readonly sequence: number;
  readonly revision: number;
  readonly digest: string;
}

/**
 * An ending that is stored in the same moment as the head: nothing else names it yet, so the head contains it. Somebody who
 * removes it from its entry removes a copy.
 */
export interface HeldEnding {
  readonly sequence: number;
  readonly ending: StoredEnding;
  /** As `endDigest` of the entry. */
  readonly digest: string;
}

/** An entry's place in its writer's chain. */
export interface ChainLink {
  readonly writer: string;
  /** 1, 2, 3 ... */
  readonly sequence: number;
  /** Digest of the writer's previous entry; left out for the first. */
  readonly previous?: string;
  /** Endings of this writer's entries, stored since the previous entry. */
  readonly closed: readonly ClosedEnding[];
}

/** An entry as it is when its attempt begins. */
export type BegunEntry = Omit<AuditBeginning, "startedAt" | "inputs" | "objects"> &
  ChainLink & {
    readonly partition: string;
    readonly sort: string;
    readonly expiresAt: number;
    /** Until then, the log has the entry, in the archive (Unix seconds); left out if that is `expiresAt`. */
    readonly keptUntil?: number;
    readonly timestamp: string;
    readonly eventId: string;
    /** JSON. */
    readonly inputs?: string;
    readonly objects: readonly string[];
    readonly keyId: string;
    /** Covers every attribute except itself, `ending` and `endDigest`. */
    readonly digest: string;
  };

export type StoredEnding = Omit<AuditEnding, "outputs" | "objects"> & {
  /** 1, then one more for each correction. */
  readonly revision: number;
  /** JSON. */
  readonly outputs?: string;
  /** Ids that the beginning does not contain. */
  readonly objects: readonly string[];
};

export type StoredEntry = BegunEntry & {
  readonly ending?: StoredEnding;
  /** Covers the entry's digest and `ending`. */
  readonly endDigest?: string;
};

/** The digest that the item's attributes should have. */
export function entryDigest(key: AuditKey, item: Item): string {
  const { digest: _itself, ending: _later, endDigest: _laterToo, ...begun } = item;
  return key.digest("entry", begun);
}

export function endingDigest(key: AuditKey, entry: string, ending: unknown): string {
  return key.digest("ending", { entry, ending });
}

export function linkDigest(key: AuditKey, item: Item): string {
  const { digest: _itself, ...link } = item;
  return key.digest("link", link);
}

/** The link from an object to the entry of an attempt that touched it. */
export function makeLink(entry: BegunEntry, objectId: string, key: AuditKey): Item {
  const link = {
    partition: objectPartition(objectId),
    sort: entry.sort,
    entry: entry.partition,
    expiresAt: entry.keptUntil ?? entry.expiresAt,
    writer: entry.writer,
    sequence: entry.sequence,
    keyId: key.keyId,
  };
  return { ...link, digest: linkDigest(key, link) };
}

export function headDigest(key: AuditKey, item: Item): string {
  const { digest: _itself, ...head } = item;
  return key.digest("head", head);
}
