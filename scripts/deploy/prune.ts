/**
 * Removes packages from a stage's bucket that no rollback needs. A lifecycle rule of S3 could not: it goes by the age of a file, and the
 * current version can use a file that is years old.
 */
import { DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { versionsToKeep } from "./history.ts";
import type { Place } from "./place.ts";
import {
  codeKeysIn,
  deploymentRecords,
  type Storage,
  storedFiles,
  templateKey,
  templateOf,
} from "./versions.ts";

/** Files that were uploaded since then can belong to a deployment that still waits for a person. */
const A_DAY_MS = 86_400_000;
/** S3's limit for a request. */
const DELETED_AT_ONCE = 1_000;

/**
 * Removes what belongs only to versions that are not kept, after `current` has been deployed. Returns how many files were removed. The
 * records go first, so that a rollback never offers a version whose files are gone. Throws if a kept version has no template, before any
 * code is removed.
 */
export async function prunePackages(
  storage: Storage,
  place: Place,
  bucket: string,
  { current, now }: { readonly current: string; readonly now: Date },
): Promise<number> {
  const records = await deploymentRecords(storage, place, bucket);
  const kept = versionsToKeep(
    records.map(({ deployed }) => deployed),
    current,
  );
  const isOld = ({ storedAt }: { readonly storedAt: Date }) => now.getTime() - storedAt.getTime() > A_DAY_MS;
  const oldRecords = records.flatMap(({ key, deployed }) => (kept.has(deployed.version) ? [] : [key]));
  await remove(storage, bucket, oldRecords);

  const keptTemplates = new Set([...kept].map((version) => templateKey(place, version)));
  const templates = await storedFiles(storage, bucket, `${place.folder}/templates/`);
  const oldTemplates = templates.filter((file) => isOld(file) && !keptTemplates.has(file.key));
  const gone = new Set(oldTemplates.map(({ key }) => key));
  const used = new Set<string>();
  const inUse = new Set([
    ...keptTemplates,
    ...templates.map(({ key }) => key).filter((key) => !gone.has(key)),
  ]);
  for (const key of inUse)
    for (const codeKey of codeKeysIn(await templateOf(storage, bucket, key))) used.add(codeKey);
  await remove(storage, bucket, [...gone]);

  const code = await storedFiles(storage, bucket, `${place.folder}/code/`);
  const oldCode = code.filter((file) => isOld(file) && !used.has(file.key)).map(({ key }) => key);
  await remove(storage, bucket, oldCode);
  return oldRecords.length + gone.size + oldCode.length;
}

async function remove({ s3 }: Storage, Bucket: string, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += DELETED_AT_ONCE) {
    const Objects = keys.slice(from, from + DELETED_AT_ONCE).map((Key) => ({ Key }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (first !== undefined) throw new Error(`S3 does not delete ${first.Key}: ${first.Message}`);
  }
}
