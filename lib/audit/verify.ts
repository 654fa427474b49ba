/**
 * Whether a shard of the audit log is as it was written. Pure: items in, findings out.
 *
 * Each entry's digest covers the entry, its place in its writer's chain, and the endings that were stored before it. So
 * what stands in the middle of a chain cannot be changed, taken away or added to unseen; the head says the same of the
 * chain's end. What a failed write left behind is no finding: an entry that nothing follows and no head tells of may lack
 * its links, and an ending that nothing tells of may be missing.
 */
import type { Item } from "../dynamodb.ts";
import type { AuditKey } from "./audit-key.ts";
import {
  type ChainEntry,
  type ChainHead,
  readChainEntry,
  readChainHead,
  type VerifiedEnding,
} from "./chain-items.ts";
import { type ClosedEnding, objectPartition } from "./stored-entry.ts";

export interface Finding {
  /** Of the entry, or of the one beside the gap; `-` where there is none. */
  readonly timestamp: string;
  readonly eventId: string;
  /** What is wrong, as the end of a sentence about the entry. */
  readonly wrong: string;
}

/** A link that must be there: `object#<id>` -> entry. */
export interface ExpectedLink {
  readonly partition: string;
  readonly sort: string;
  readonly entry: string;
  readonly expiresAt: number;
  readonly of: ChainEntry;
}

export interface ShardReport {
  readonly findings: readonly Finding[];
  readonly entries: number;
  readonly writers: number;
  /** Writers whose chain's end nothing vouches for, because their head was never written, or was taken away. */
  readonly writersWithoutHead: number;
  /** To be looked up, and given to `verifyLinks`. */
  readonly links: readonly ExpectedLink[];
}

export interface Shard {
  /** All items of the shard's partition. */
  readonly entries: readonly Item[];
  /** The heads of the day whose writers write to this shard. */
  readonly heads: readonly Item[];
  /** By key id: of every secret that is known. */
  readonly keys: ReadonlyMap<string, AuditKey>;
  /** What has expired by then may be gone. */
  readonly now: Date;
}

export function verifyShard({ entries, heads, keys, now }: Shard): ShardReport {
  const findings: Finding[] = [];
  const chains = new Map<string, Chain>();
  const chainOf = (writer: string) => {
    const chain: Chain = chains.get(writer) ?? { valid: new Map(), doubtful: new Set() };
    chains.set(writer, chain);
    return chain;
  };
  for (const item of entries) {
    const read = readChainEntry(item, keys);
    if (!read.ok) {
      findings.push({ ...placeOf(item), wrong: read.wrong });
      if (typeof item.writer === "string" && typeof item.sequence === "number") {
        chainOf(item.writer).doubtful.add(item.sequence);
      }
      continue;
    }
    const { valid } = chainOf(read.entry.writer);
    const twin = valid.get(read.entry.sequence);
    if (twin !== undefined) findings.push(about(read.entry, `has the place of ${twin.eventId} in its chain`));
    else valid.set(read.entry.sequence, read.entry);
  }
  for (const item of heads) {
    const read = readChainHead(item, keys);
    if (read.ok) chainOf(read.head.writer).head = read.head;
    else
      findings.push({
        timestamp: "-",
        eventId: "-",
        wrong: `the head of writer ${String(item.sort)} ${read.wrong}`,
      });
  }
  const unexpired = [...chains].filter(([, chain]) => !hasExpired(chain, now));
  return {
    findings: [
      ...findings,
      ...[...chains.values()].flatMap(endingFindings),
      ...unexpired.flatMap(([writer, chain]) => chainFindings(writer, chain)),
    ],
    entries: entries.length,
    writers: chains.size,
    writersWithoutHead: [...chains.values()].filter(({ head }) => head === undefined).length,
    links: unexpired.flatMap(([, chain]) => expectedLinks(chain)),
  };
}

const chainFindings = (writer: string, chain: Chain): Finding[] => [
  ...gapFindings(writer, chain),
  ...orderFindings(chain),
  ...closedFindings(chain),
];

/** `found`: the items with the keys of `expected`, in any order. */
export function verifyLinks(expected: readonly ExpectedLink[], found: readonly Item[]): Finding[] {
  const byKey = new Map(found.map((item) => [`${item.partition} ${item.sort}`, item]));
  return expected.flatMap(({ of, partition, sort, entry, expiresAt }) => {
    const link = byKey.get(`${partition} ${sort}`);
    if (link === undefined) return [about(of, `is not linked from ${partition} any more`)];
    return link.entry === entry && link.expiresAt === expiresAt
      ? []
      : [about(of, `has an altered link from ${partition}`)];
  });
}

interface Chain {
  /** Entries whose digest holds, by sequence. */
  readonly valid: Map<number, ChainEntry>;
  /** Places that entries claim whose digest does not hold, or cannot be checked: they are reported, and are no gap. */
  readonly doubtful: Set<number>;
  head?: ChainHead;
}

function endingFindings({ valid }: Chain): Finding[] {
  return [...valid.values()].flatMap((entry) =>
    entry.ending === "altered" ? [about(entry, "has an altered ending")] : [],
  );
}

/** A chain lies in one day and expires as one; TTL removes its entries in no order, some days later. */
function hasExpired({ valid, head }: Chain, now: Date): boolean {
  return [...valid.values(), ...(head === undefined ? [] : [head])].some(
    ({ expiresAt }) => expiresAt * 1000 <= now.getTime(),
  );
}

function gapFindings(writer: string, { valid, doubtful, head }: Chain): Finding[] {
  const findings: Finding[] = [];
  const lastThere = lastOf(valid);
  let missing = 0;
  for (let sequence = 1; sequence <= Math.max(lastThere, head?.sequence ?? 0); sequence += 1) {
    const entry = valid.get(sequence);
    if (entry === undefined && !doubtful.has(sequence)) missing += 1;
    if (entry === undefined) continue;
    if (missing > 0)
      findings.push(about(entry, `follows ${entriesOf(missing)} of its writer that ${removed(missing)}`));
    missing = 0;
  }
  if (missing === 0) return findings;
  const last = valid.get(lastThere);
  const tail =
    last === undefined
      ? {
          timestamp: "-",
          eventId: "-",
          wrong: `${entriesOf(missing)} of writer ${writer} ${removed(missing)}`,
        }
      : about(last, `was followed by ${entriesOf(missing)} of its writer that ${removed(missing)}`);
  return [...findings, tail];
}

const entriesOf = (count: number) => (count === 1 ? "an entry" : `${count} entries`);
const removed = (count: number) => (count === 1 ? "was removed" : "were removed");
const lastOf = (valid: ReadonlyMap<number, ChainEntry>) =>
  [...valid.keys()].reduce((a, b) => Math.max(a, b), 0);

/** With every digest valid this cannot fail, unless somebody who has the secret wrote a chain twice. */
function orderFindings({ valid, head }: Chain): Finding[] {
  const findings = [...valid.values()].flatMap((entry) => {
    const before = valid.get(entry.sequence - 1);
    const follows =
      entry.sequence === 1
        ? entry.previous === undefined
        : before === undefined || entry.previous === before.digest;
    return follows ? [] : [about(entry, "does not follow the entry before it")];
  });
  const last = head === undefined ? undefined : valid.get(head.sequence);
  if (last !== undefined && last.digest !== head?.last) {
    findings.push(about(last, "is not the entry that its writer's head tells of"));
  }
  return findings;
}

/** The latest ending that the chain tells of, by the sequence of its entry. */
function toldEndings({ valid, head }: Chain): Map<number, ClosedEnding> {
  const told = new Map<number, ClosedEnding>();
  for (const closed of [...[...valid.values()].flatMap((entry) => entry.closed), ...(head?.closed ?? [])]) {
    if ((told.get(closed.sequence)?.revision ?? 0) < closed.revision) told.set(closed.sequence, closed);
  }
  return told;
}

function closedFindings(chain: Chain): Finding[] {
  return [...toldEndings(chain).values()].flatMap((closed) => {
    const entry = chain.valid.get(closed.sequence);
    if (entry === undefined || entry.ending === "altered") return [];
    if (entry.ending === undefined) return [about(entry, "has lost its ending")];
    return isSameOrNewer(entry.ending, closed) ? [] : [about(entry, "has an older ending than it had")];
  });
}

/** A correction may have been stored although its writer did not get to know of it. */
function isSameOrNewer(ending: VerifiedEnding, closed: ClosedEnding): boolean {
  return (
    ending.revision > closed.revision ||
    (ending.revision === closed.revision && ending.digest === closed.digest)
  );
}

/** Links are written together with an entry or ending, so they are sure to be there only once that is told of. */
function expectedLinks(chain: Chain): ExpectedLink[] {
  const told = toldEndings(chain);
  const begun = Math.max(lastOf(chain.valid) - 1, chain.head?.sequence ?? 0);
  return [...chain.valid.values()].flatMap((entry) => {
    const closed = told.get(entry.sequence);
    const ending = entry.ending === "altered" ? undefined : entry.ending;
    const ids = [
      ...(entry.sequence <= begun || closed !== undefined ? entry.objects : []),
      ...(ending !== undefined && ending.revision === closed?.revision ? ending.objects : []),
    ];
    return ids.map((id) => ({
      partition: objectPartition(id),
      sort: entry.sort,
      entry: entry.partition,
      expiresAt: entry.expiresAt,
      of: entry,
    }));
  });
}

const about = ({ timestamp, eventId }: ChainEntry, wrong: string): Finding => ({ timestamp, eventId, wrong });

/** From the key, which cannot be altered: an item with another key is another item. */
function placeOf({ sort }: Item): { readonly timestamp: string; readonly eventId: string } {
  const [timestamp = "-", eventId = "-"] = String(sort).split("#");
  return { timestamp, eventId };
}
