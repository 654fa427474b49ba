/**
 * The audit entries of one object, each with what a check of it can show without reading the whole day: that the link, the entry
 * and its ending are as the service wrote them, that the head of its writer is there and agrees with it, and that it follows the entry
 * before it, if that is about the object, too. `npm run audit -- verify` also finds what was removed together with its links.
 */
import type { Item } from "../aws/dynamodb.ts";
import { appSecrets } from "../secrets/secrets.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { AuditItems } from "./audit-items.ts";
import { auditKeys } from "./audit-key.ts";
import { type ChainHead, type Link, readChainEntry, readChainHead, readLink } from "./chain-items.ts";
import { withHeldEndings } from "./held-endings.ts";
import { readEntry } from "./read-entry.ts";
import { dayOf, headPartition, objectPartition } from "./stored-entry.ts";
import { type Chain, chainFindings, endingFindings, hasExpired } from "./verify-chain.ts";

export interface CheckedEntry {
  /** UTC, ISO 8601: from the key, which cannot be altered without becoming another entry. */
  readonly timestamp: string;
  readonly eventId: string;
  /** Left out if it is not as it was written: then nothing in it can be relied on. */
  readonly entry?: AuditEntry;
  /** What is wrong with it, each as the end of a sentence about the entry; none if it is as it was written. */
  readonly wrong: readonly string[];
}

export interface CheckedEntries {
  /** Newest first. */
  readonly entries: readonly CheckedEntry[];
  /** True if there are older ones. */
  readonly hasMore: boolean;
}

interface Place {
  readonly link: Item;
  readonly read: ReturnType<typeof readLink>;
  readonly item: Item | undefined;
}

/** At most `limit` entries of the object, in one read of its links. Throws SERVICE_UNAVAILABLE. */
export async function checkEntriesOf(
  objectId: string,
  { limit, now }: { readonly limit: number; readonly now: Date },
): Promise<CheckedEntries> {
  const keys = auditKeys(await appSecrets());
  const stored = new AuditItems(keys, now);
  const { items: links, next } = await stored.page(objectPartition(objectId), {
    low: "0",
    high: "9",
    limit,
  });
  // Where an altered link points to is worth a look, too.
  const wanted = links.flatMap(({ entry, sort }) =>
    typeof entry === "string" && entry.startsWith("day#") ? [{ partition: entry, sort }] : [],
  );
  const found = await withHeldEndings(await stored.get(unique(wanted)), { keys, stored });
  const bySort = new Map(found.map((item) => [String(item.sort), item]));
  const places = links.map((link) => ({
    link,
    read: readLink(link, keys),
    item: bySort.get(String(link.sort)),
  }));
  const heads = await headsOf(places, stored, keys);
  const findings = chainFindingsOf(found, heads, { keys, now });
  const entries = places.flatMap((place) => {
    const wrong = wrongAbout(place, { heads, findings, now });
    if (wrong === undefined) return [];
    const { timestamp, eventId } = placeOf(place.link);
    const entry = wrong.length > 0 || place.item === undefined ? undefined : readEntry(place.item, now);
    if (wrong.length === 0 && entry === undefined)
      return [{ timestamp, eventId, wrong: ["has a form that this release does not know"] }];
    return [{ timestamp, eventId, wrong, ...(entry === undefined ? {} : { entry }) }];
  });
  return { entries, hasMore: next !== undefined };
}

type Heads = ReadonlyMap<string, { readonly head?: ChainHead; readonly wrong?: string }>;

async function headsOf(
  places: readonly Place[],
  stored: AuditItems,
  keys: ReturnType<typeof auditKeys>,
): Promise<Heads> {
  const wanted = places.flatMap(({ link, item }) =>
    [link, item].flatMap((source) =>
      typeof source?.writer === "string" && source.writer !== ""
        ? [{ partition: headPartition(dayOfSort(link.sort)), sort: source.writer }]
        : [],
    ),
  );
  const items = await stored.get(unique(wanted));
  return new Map(
    items.map((item) => {
      const read = readChainHead(item, keys);
      return [String(item.sort), read.ok ? { head: read.head } : { wrong: read.wrong }] as const;
    }),
  );
}

/** By sort key. The entries that were not read count as doubtful, so that they are no gaps. */
function chainFindingsOf(
  items: readonly Item[],
  heads: Heads,
  { keys, now }: { readonly keys: ReturnType<typeof auditKeys>; readonly now: Date },
): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, Chain>();
  const findings = new Map<string, readonly string[]>();
  const note = (sort: string, wrong: string) => findings.set(sort, [...(findings.get(sort) ?? []), wrong]);
  for (const item of items) {
    const read = readChainEntry(item, keys);
    if (!read.ok) {
      note(String(item.sort), read.wrong);
      continue;
    }
    const head = heads.get(read.entry.writer)?.head;
    const chain = chains.get(read.entry.writer) ?? {
      ...{ valid: new Map(), doubtful: new Set<number>() },
      ...(head === undefined ? {} : { head }),
    };
    chain.valid.set(read.entry.sequence, read.entry);
    chains.set(read.entry.writer, chain);
  }
  for (const [writer, chain] of chains) {
    const last = Math.max(...chain.valid.keys(), chain.head?.sequence ?? 0);
    for (let sequence = 1; sequence <= last; sequence += 1)
      if (!chain.valid.has(sequence)) chain.doubtful.add(sequence);
    const isThere = !hasExpired(chain, now);
    for (const { timestamp, eventId, wrong } of [
      ...endingFindings(chain),
      ...(isThere ? chainFindings(writer, chain) : []),
    ])
      note(`${timestamp}#${eventId}`, wrong);
  }
  return findings;
}

interface Known {
  readonly heads: Heads;
  readonly findings: ReadonlyMap<string, readonly string[]>;
  readonly now: Date;
}

/** Undefined for a link without an entry that a failed write or TTL has left. */
function wrongAbout({ link, read, item }: Place, { heads, findings, now }: Known): string[] | undefined {
  const found = [...(findings.get(String(link.sort)) ?? [])];
  if (!read.ok) return [...found, `has a link that ${read.wrong}`];
  const head = heads.get(read.link.writer);
  if (head?.wrong !== undefined) found.push(`is of a writer whose head ${head.wrong}`);
  if (item === undefined) return isRemoved(read.link, head?.head, now) ? [...found, REMOVED] : undefined;
  const isThere = item.writer === read.link.writer && item.sequence === read.link.sequence;
  return isThere ? found : [...found, "is not the entry that its link names"];
}

const REMOVED = "was removed; the link to it is left";

/** As in verify-strays.ts: only the entry after a writer's last one can be missing because its write failed. */
function isRemoved({ expiresAt, sequence }: Link, head: ChainHead | undefined, now: Date): boolean {
  return expiresAt * 1000 > now.getTime() && (head === undefined || sequence <= head.sequence);
}

function unique(places: readonly Item[]): Item[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

const dayOfSort = (sort: unknown) => {
  const time = new Date(String(sort).split("#")[0] ?? "");
  return Number.isNaN(time.getTime()) ? "-" : dayOf(time);
};

function placeOf({ sort }: Item): { readonly timestamp: string; readonly eventId: string } {
  const [timestamp = "-", eventId = "-"] = String(sort).split("#");
  return { timestamp, eventId };
}
