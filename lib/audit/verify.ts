/**
 * Whether a shard of the audit log is as it was written. Pure: items in, findings out.
 *
 * Each entry's digest covers the entry, its place in its writer's chain, and the endings that were stored before it. So
 * what stands in the middle of a chain cannot be changed, taken away or added to unseen; the head says the same of the
 * chain's end. What a failed write left behind is no finding: an entry that nothing follows and no head tells of may lack
 * its links, and an ending that nothing tells of may be missing.
 */
import type { Item } from "../aws/dynamodb.ts";
import type { AuditKey } from "./audit-key.ts";
import { readChainEntry, readChainHead } from "./chain-items.ts";
import {
  about,
  type Chain,
  chainFindings,
  type ExpectedLink,
  endingFindings,
  expectedLinks,
  type Finding,
  hasExpired,
} from "./verify-chain.ts";

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

/** From the key, which cannot be altered: an item with another key is another item. */
function placeOf({ sort }: Item): { readonly timestamp: string; readonly eventId: string } {
  const [timestamp = "-", eventId = "-"] = String(sort).split("#");
  return { timestamp, eventId };
}
