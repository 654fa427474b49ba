/**
 * Copies one day of the audit log to the archive: its entries and heads as they are in the table. Every file is read back and
 * compared before another file names it, and the manifest of the day is written last. So whenever this is cut off, the day is
 * not archived yet, and the next run goes on with the first partition that has no manifest of its own. A run that repeats
 * another, or overlaps it, writes the same files again.
 */
import type { Item } from "../aws/dynamodb.ts";
import { getObject, listKeys, type NewObject, putObject } from "../aws/s3.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import {
  type ArchivedPart,
  dayKey,
  type Manifest,
  manifestBody,
  PART_CHARACTERS,
  partBody,
  partitionKey,
  partitionsOf,
  partitionsPrefix,
  partKey,
  readManifest,
  sha256Of,
} from "./archive-files.ts";
import type { AuditKey } from "./audit-key.ts";
import { partitionPages } from "./partition-pages.ts";

export interface ArchiveOptions extends TimeLimit {
  /** The current key, for new manifests. */
  readonly key: AuditKey;
  /** By key id, for every known secret. */
  readonly keys: ReadonlyMap<string, AuditKey>;
}

/**
 * The manifest of the day, which is archived completely; undefined if the time ended before. Throws SERVICE_UNAVAILABLE if
 * the table or the bucket fails, or returns something else than was stored.
 */
export async function archiveDay(day: string, options: ArchiveOptions): Promise<Manifest | undefined> {
  const bucket = env("AUDIT_ARCHIVE_BUCKET");
  const [complete] = await listKeys(bucket, dayKey(day));
  // A day that somebody asks for again may have begun to leave the table.
  if (complete !== undefined) return readBack(complete, options);
  const begun = await listKeys(bucket, partitionsPrefix(day));
  const parts: ArchivedPart[] = [];
  for (const partition of partitionsOf(day)) {
    const key = partitionKey(day, partition);
    const archived = begun.includes(key)
      ? (await readBack(key, options)).parts
      : await archivePartition(day, partition, options);
    if (archived === undefined) return undefined;
    parts.push(...archived);
  }
  const manifest = { day, parts };
  await store(manifestFile(dayKey(day), manifest, options.key));
  return manifest;
}

/** What an earlier run has stored. */
async function readBack(name: string, { keys }: ArchiveOptions): Promise<Manifest> {
  const body = await getObject(env("AUDIT_ARCHIVE_BUCKET"), name);
  const { manifest, wrong } =
    body === undefined ? { manifest: undefined, wrong: "was removed" } : readManifest(body, keys);
  if (manifest !== undefined && wrong === undefined) return manifest;
  throw new Problem("SERVICE_UNAVAILABLE", `${name} in the archive ${wrong}`);
}

async function archivePartition(
  day: string,
  partition: string,
  { key, deadline, now }: ArchiveOptions,
): Promise<readonly ArchivedPart[] | undefined> {
  const parts: ArchivedPart[] = [];
  let part = new PartInWork(partition);
  const storePart = async () => {
    const { body, ...described } = part.finished(partKey(day, partition, parts.length + 1));
    await store({
      key: described.key,
      body,
      contentType: "application/gzip",
      storageClass: "GLACIER_IR",
    });
    parts.push(described);
    part = new PartInWork(partition);
  };
  for await (const page of partitionPages(partition)) {
    if (now().getTime() >= deadline) return undefined;
    for (const item of page) {
      part.add(item);
      if (part.isFull()) await storePart();
    }
  }
  if (!part.isEmpty()) await storePart();
  // An empty partition is read again as fast as its manifest would be.
  if (parts.length > 0) {
    await store(manifestFile(partitionKey(day, partition), { day, partition, parts }, key));
  }
  return parts;
}

/** Items on their way to a file. */
class PartInWork {
  readonly #partition: string;
  readonly #lines: string[] = [];
  #characters = 0;
  #first: string | undefined;
  #last = "";

  constructor(partition: string) {
    this.#partition = partition;
  }

  add(item: Item): void {
    const line = JSON.stringify(item);
    this.#lines.push(line);
    this.#characters += line.length;
    this.#last = String(item.sort);
    this.#first ??= this.#last;
  }

  isFull(): boolean {
    return this.#characters >= PART_CHARACTERS;
  }

  isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  finished(key: string): ArchivedPart & { readonly body: Buffer } {
    const body = partBody(this.#lines);
    return {
      key,
      partition: this.#partition,
      first: this.#first ?? "",
      last: this.#last,
      items: this.#lines.length,
      sha256: sha256Of(body),
      body,
    };
  }
}

/** Manifests are read whenever somebody reads old entries, so they have the class whose reading is cheap. */
const manifestFile = (name: string, manifest: Manifest, key: AuditKey): NewObject => ({
  key: name,
  body: manifestBody(manifest, key),
  contentType: "application/json",
  storageClass: "STANDARD",
});

/** Stores the file and reads it back. */
async function store(file: NewObject): Promise<void> {
  const bucket = env("AUDIT_ARCHIVE_BUCKET");
  await putObject(bucket, file);
  const stored = await getObject(bucket, file.key);
  if (stored?.equals(file.body) === true) return;
  throw new Problem("SERVICE_UNAVAILABLE", `S3 does not return ${file.key} as it was stored`);
}
