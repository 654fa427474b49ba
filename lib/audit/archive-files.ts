/**
 * The archive of the audit log, as it is stored in its bucket. Pure.
 *
 *   days/<day>.json                      a day that is archived completely: its parts, with a digest
 *   partitions/<day>/<name>.json         the same for one partition of a day, while the others are written
 *   items/<day>/<name>-<number>.jsonl.gz a part: items of one partition, one per line, in the order of their sort keys
 *
 * `name` is `heads`, or the number of a shard. The items are those of the table, with their own digests and chains.
 */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Item } from "../aws/dynamodb.ts";
import { fieldsOf, isRecord, listOf, parseJson, textOf, wholeNumberOf } from "../untrusted.ts";
import type { AuditKey } from "./audit-key.ts";
import { dayPartition, headPartition, SHARDS } from "./stored-entry.ts";

/** A file with items of one partition. */
export interface ArchivedPart {
  readonly key: string;
  readonly partition: string;
  /** The sort keys of its first and its last item. */
  readonly first: string;
  readonly last: string;
  readonly items: number;
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string;
}

/** What was archived of a day, or of one of its partitions. */
export interface Manifest {
  readonly day: string;
  /** Left out in the manifest of a whole day. */
  readonly partition?: string;
  /** In the order of their partitions, and in each of them by their sort keys. */
  readonly parts: readonly ArchivedPart[];
}

/** The longest line is an item, which DynamoDB limits to 400 KB; so a part's text is at most this and one item long. */
export const PART_CHARACTERS = 2_000_000;
export const DAYS_PREFIX = "days/";

export const dayKey = (day: string) => `${DAYS_PREFIX}${day}.json`;

export const partitionsPrefix = (day: string) => `partitions/${day}/`;

export const partitionKey = (day: string, partition: string) =>
  `${partitionsPrefix(day)}${nameOf(partition)}.json`;

export const partKey = (day: string, partition: string, number: number) =>
  `items/${day}/${nameOf(partition)}-${String(number).padStart(6, "0")}.jsonl.gz`;

/** The partitions of a day's heads and entries; links stay in the table. */
export const partitionsOf = (day: string): string[] => [
  headPartition(day),
  ...Array.from({ length: SHARDS }, (_, shard) => dayPartition(day, shard)),
];

function nameOf(partition: string): string {
  return partition.startsWith("heads#") ? "heads" : (partition.split("#")[2] ?? "");
}

/** The day of a partition of heads or entries; undefined for any other. */
export function dayOfPartition(partition: string): string | undefined {
  return /^(?:day|heads)#(\d{4}-\d\d-\d\d)(?:#\d)?$/.exec(partition)?.[1];
}

export const sha256Of = (body: Buffer) => createHash("sha256").update(body).digest("hex");

/** `lines`: the items as JSON. */
export const partBody = (lines: readonly string[]): Buffer => gzipSync(`${lines.join("\n")}\n`);

/** The items in a part's file; undefined if it is not one. */
export function itemsInPart(body: Buffer): Item[] | undefined {
  const text = unzipped(body);
  if (text === undefined) return undefined;
  const items = text.trimEnd().split("\n").map(parseJson);
  return items.every(isRecord) ? items.map((item) => ({ ...item })) : undefined;
}

function unzipped(body: Buffer): string | undefined {
  try {
    return gunzipSync(body, { maxOutputLength: 16 * PART_CHARACTERS }).toString();
  } catch {
    return undefined;
  }
}

/** The manifest's file. */
export function manifestBody(manifest: Manifest, key: AuditKey): Buffer {
  const sealed = { ...manifest, keyId: key.keyId };
  return Buffer.from(JSON.stringify({ ...sealed, digest: key.digest("archive", sealed) }));
}

/**
 * What a manifest's file says. If it is not as the archiver wrote it, `wrong` says so as the end of a sentence; its parts can be
 * used all the same, because each item is verified by itself.
 */
export function readManifest(
  body: Buffer,
  keys: ReadonlyMap<string, AuditKey>,
): { readonly manifest: Manifest; readonly wrong?: string } {
  const { digest, ...sealed } = fieldsOf(parseJson(body.toString()));
  const key = keys.get(String(sealed.keyId));
  const partition = textOf(sealed.partition);
  const manifest = {
    day: textOf(sealed.day) ?? "",
    ...(partition === undefined ? {} : { partition }),
    parts: listOf(sealed.parts).flatMap(readPart),
  };
  if (key === undefined)
    return {
      manifest,
      wrong: `cannot be checked: its key ${String(sealed.keyId)} belongs to none of the secrets in APP_SECRET`,
    };
  return digest === key.digest("archive", sealed)
    ? { manifest }
    : { manifest, wrong: "was altered, or was not written by this service" };
}

function readPart(value: unknown): ArchivedPart[] {
  const part = fieldsOf(value);
  const [key, partition, first, last, sha256] = ["key", "partition", "first", "last", "sha256"].map((name) =>
    textOf(part[name]),
  );
  const items = wholeNumberOf(part.items);
  return key === undefined ||
    !/^items\/[\w/-]+\.jsonl\.gz$/.test(key) ||
    partition === undefined ||
    first === undefined ||
    last === undefined ||
    sha256 === undefined ||
    items === undefined
    ? []
    : [{ key, partition, first, last, items, sha256 }];
}
