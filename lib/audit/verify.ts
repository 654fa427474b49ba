/**
 * Verifies that a shard of the audit log is unchanged. Pure: items in, findings out.
 *
 * Each entry's digest covers the entry, its place in its writer's chain, and the endings that were stored before it. So
 * nothing in the middle of a chain can be changed, removed or added unnoticed; the head protects the chain's end in the
 * same way, and an entry without a head shows that the head was removed. The remains of a failed write are not a finding: an entry that nothing follows and no head names can lack
 * its links, and an ending that nothing names can be missing.
 */
import type { Item } from "../aws/dynamodb.ts";
import type { AuditKey } from "./audit-key.ts";
import { readChainEntry, readChainHead, readLink } from "./chain-items.ts";
import {
  about,
  type Chain,
  chainFindings,
  type ExpectedLink,
  endingFindings,
  expectedLinks,
  type Finding,
  hasExpired,
  lastCertain,
} from "./verify-chain.ts";

export interface ShardReport {
  readonly findings: readonly Finding[];
  readonly entries: number;
  readonly writers: number;
  /** The place of each writer's last entry that is certain to have been stored. */
  readonly lastPlaces: ReadonlyMap<string, number>;
  /** To be read, and passed to `verifyLinks`. */
  readonly links: readonly ExpectedLink[];
}

export interface Shard {
  /** All items of the shard's partition. */
  readonly entries: readonly Item[];
  /** The heads of the day whose writers write to this shard. */
  readonly heads: readonly Item[];
  /** By key id, for every known secret. */
  readonly keys: ReadonlyMap<string, AuditKey>;
  /** Items that have expired by then can be missing. */
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
    lastPlaces: new Map([...chains].map(([writer, chain]) => [writer, lastCertain(chain)])),
    links: unexpired.flatMap(([, chain]) => expectedLinks(chain)),
  };
}

/** `found`: the items with the keys of `expected`, in any order. */
export function verifyLinks(
  expected: readonly ExpectedLink[],
  found: readonly Item[],
  keys: ReadonlyMap<string, AuditKey>,
): Finding[] {
  const byKey = new Map(found.map((item) => [`${item.partition} ${item.sort}`, item]));
  return expected.flatMap(({ of, partition, sort }) => {
    const link = byKey.get(`${partition} ${sort}`);
    if (link === undefined) return [about(of, `is no longer linked from ${partition}`)];
    return readLink(link, keys).ok ? [] : [about(of, `has an altered link from ${partition}`)];
  });
}

/** From the key, which cannot be altered: an item with another key is another item. */
function placeOf({ sort }: Item): { readonly timestamp: string; readonly eventId: string } {
  const [timestamp = "-", eventId = "-"] = String(sort).split("#");
  return { timestamp, eventId };
}
