/**
 * Finds what somebody put where nobody who verifies day by day looks: items in partitions of their own, and links. Every
 * link of the service has a digest, so one that was forged shows; one that the service wrote shows an entry that was
 * removed together with its writer or with the end of its chain.
 */
import { type Item, scanPage } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { AuditItems } from "./audit-items.ts";
import { type AuditKey, auditKeys } from "./audit-key.ts";
import { type Link, readLink } from "./chain-items.ts";
import { dayPartition, headPartition, SHARDS } from "./stored-entry.ts";
import type { Finding } from "./verify-chain.ts";

export interface StraysOptions {
  /** `2026-11-25`, UTC: links of other days are not checked. */
  readonly days: readonly string[];
  /** Of these days, from `verifyDay`. */
  readonly lastPlaces: ReadonlyMap<string, number>;
  readonly appSecrets: readonly string[];
  readonly now: Date;
  /** Called after each page with the number of items read so far. */
  readonly onProgress?: (items: number) => void;
}

/** Reads the whole table once. Call it after `verifyDay`. */
export async function verifyStrays({ onProgress, ...options }: StraysOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  const keys = auditKeys(options.appSecrets);
  const stored = new AuditItems(keys, options.now);
  let items = 0;
  let after: Item | undefined;
  do {
    const page = await scanPage(env("AUDIT_LOG_TABLE"), { after });
    const { strays, suspects } = straysIn(page.items, { ...options, keys });
    findings.push(...strays);
    if (suspects.length > 0) findings.push(...(await withoutEntry(suspects, stored)));
    items += page.items.length;
    onProgress?.(items);
    after = page.next;
  } while (after !== undefined);
  return findings;
}

/** The links that still have no entry: it may have been written since the writer's place was read. */
async function withoutEntry(suspects: readonly Link[], stored: AuditItems): Promise<Finding[]> {
  const bySort = new Map(suspects.map(({ entry, sort }) => [sort, { partition: entry, sort }]));
  const found = await stored.get([...bySort.values()]);
  const present = new Set(found.map(({ sort }) => sort));
  return suspects.filter(({ sort }) => !present.has(sort)).map(removedEntry);
}

export const removedEntry = ({ partition, sort }: Link): Finding => ({
  ...placeOf(sort),
  wrong: `was removed; the link from ${partition} is left`,
});

export interface Searched extends Pick<StraysOptions, "days" | "lastPlaces" | "now"> {
  readonly keys: ReadonlyMap<string, AuditKey>;
}

/** `suspects`: links whose entry certainly existed, if it cannot be found. Pure. */
export function straysIn(
  items: readonly Item[],
  { days, lastPlaces, now, keys }: Searched,
): { readonly strays: Finding[]; readonly suspects: Link[] } {
  const strays: Finding[] = [];
  const suspects: Link[] = [];
  for (const item of items) {
    const partition = String(item.partition);
    const sort = String(item.sort);
    if (isOfADay(partition, now)) continue;
    if (!partition.startsWith("object#")) {
      strays.push({
        ...placeOf(sort),
        wrong: `is in the partition ${partition}, where the service writes nothing`,
      });
      continue;
    }
    const isOfAnotherDay = SORT_KEY.test(sort) && !days.includes(sort.slice(0, "2026-11-25".length));
    if (isOfAnotherDay) continue;
    const read = readLink(item, keys);
    if (!read.ok) strays.push({ ...placeOf(sort), wrong: `has a link from ${partition} that ${read.wrong}` });
    else if (read.link.expiresAt * 1000 > now.getTime() && isCertain(read.link, lastPlaces)) {
      suspects.push(read.link);
    }
  }
  return { strays, suspects };
}

/**
 * Whether the entry was stored, although its chain does not show it. A link is written together with its entry, after the head of a new writer, and a writer
 * ends when a write fails: only the entry after its last one can be missing.
 */
function isCertain({ writer, sequence }: Link, lastPlaces: ReadonlyMap<string, number>): boolean {
  const last = lastPlaces.get(writer);
  return last === undefined || sequence > last + 1;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SORT_KEY = /^\d{4}-\d\d-\d\dT[\d:.]+Z#[\w-]+$/;

/** Whether `verifyDay` reads the partition, for some day until tomorrow. */
function isOfADay(partition: string, now: Date): boolean {
  const [, day, shard] = /^(?:day|heads)#(\d{4}-\d\d-\d\d)(?:#(\d))?$/.exec(partition) ?? [];
  const time = Date.parse(`${day}T00:00:00Z`);
  if (day === undefined || Number.isNaN(time) || time > now.getTime() + DAY_MS) return false;
  if (shard === undefined) return partition === headPartition(day);
  return partition === dayPartition(day, Number(shard)) && Number(shard) < SHARDS;
}

function placeOf(sort: string): Pick<Finding, "timestamp" | "eventId"> {
  const [timestamp = "-", eventId = "-"] = sort.split("#");
  return { timestamp, eventId };
}
