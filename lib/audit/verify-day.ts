/** Reads one day of the audit log and verifies it, shard by shard. */

import { getItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { AuditItems } from "./audit-items.ts";
import { auditKeys } from "./audit-key.ts";
import { dayPartition, headPartition, SHARDS, shardOf } from "./stored-entry.ts";
import { verifyLinks, verifyShard } from "./verify.ts";
import type { Finding } from "./verify-chain.ts";

export interface DayReport {
  readonly findings: readonly Finding[];
  readonly entries: number;
  readonly writers: number;
  readonly links: number;
  /** For `verifyStrays`. */
  readonly lastPlaces: ReadonlyMap<string, number>;
}

export interface DayOptions {
  /** `2026-11-25`, UTC. */
  readonly day: string;
  /** The current one and its predecessors. */
  readonly appSecrets: readonly string[];
  readonly now: Date;
  /** Called after each shard with the number of entries read so far, and awaited. */
  readonly onProgress?: (entries: number) => void | Promise<void>;
}

const MAX_LOOKS = 3;

/**
 * What is wrong with the day. Entries can be written while the log is read, so only a finding that two reads in a row
 * agree on is reported; if every read finds something else, the last one counts.
 */
export async function verifyDay(options: DayOptions): Promise<DayReport> {
  let report = await readDay(options);
  for (let look = 2; look <= MAX_LOOKS && report.findings.length > 0; look += 1) {
    const seen = new Set(report.findings.map((finding) => JSON.stringify(finding)));
    report = await readDay(options);
    const seenTwice = report.findings.filter((finding) => seen.has(JSON.stringify(finding)));
    if (seenTwice.length > 0) return { ...report, findings: seenTwice };
  }
  return report;
}

async function readDay({ day, appSecrets, now, onProgress }: DayOptions): Promise<DayReport> {
  const keys = auditKeys(appSecrets);
  const lastPlaces = new Map<string, number>();
  const stored = new AuditItems(keys, now);
  // Before the entries: everything that a head names was stored before the head.
  const heads = await stored.all(headPartition(day));
  let findings: Finding[] = [];
  const counts = { entries: 0, writers: 0, links: 0 };
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const report = verifyShard({
      entries: await stored.all(dayPartition(day, shard)),
      heads: heads.filter(({ sort }) => shardOf(String(sort)) === shard),
      keys,
      now,
    });
    const linkKeys = report.links.map(({ partition, sort }) => ({ partition, sort }));
    const found = await getItems(env("AUDIT_LOG_TABLE"), linkKeys);
    findings = findings.concat(report.findings, verifyLinks(report.links, found, keys));
    counts.entries += report.entries;
    counts.writers += report.writers;
    for (const [writer, place] of report.lastPlaces) lastPlaces.set(writer, place);
    counts.links += report.links.length;
    await onProgress?.(counts.entries);
  }
  const damaged = stored.damages.map(({ wrong }) => ({ timestamp: "-", eventId: "-", wrong }));
  return {
    findings: [...damaged, ...findings].toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)),
    lastPlaces,
    ...counts,
  };
}
