/**
 * Writes the audit log: an entry before an attempt can have any effect, its ending before the caller gets a response
 * (R7).
 *
 *   beginAttempt --(durable: pending)--> effect --> end --(durable: the result, and the head)--> response
 *
 * An attempt that is cut off in between stays `pending`, and reads as `interrupted` after its deadline. A write that
 * fails throws SERVICE_UNAVAILABLE, for the caller to pass on.
 */
import { putItem, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { AuditBeginning, AuditEnding } from "./audit-entry.ts";
import { type AuditKey, currentAuditKey } from "./audit-key.ts";
import { endingObjects, makeEntry, type SealedEnding, sealEnding } from "./make-entry.ts";
import { giveBackWriter, type OpenWriter, takeWriter } from "./open-writer.ts";
import { type BegunEntry, makeLink } from "./stored-entry.ts";

const ENTRY_IS_NEW = "attribute_not_exists(#partition)";
const ENTRY_EXISTS = "attribute_exists(#partition)";
const HAS_NO_ENDING = "attribute_not_exists(#ending)";
const ENDING_IS_NOT_NEWER = "#ending.#revision <= :revision";

/** What a log line says about an entry: with its digest in CloudWatch, the table cannot be rewritten unnoticed. */
export interface AuditMark {
  readonly auditEventId: string;
  readonly auditWriter: string;
  readonly auditSequence: number;
  readonly auditDigest: string;
}

export interface Attempt {
  readonly mark: AuditMark;
  /**
   * Makes the ending durable. A second call corrects the first; of concurrent calls, the later wins. Objects of a
   * corrected ending stay in the entry.
   */
  end(ending: AuditEnding): Promise<void>;
}

/** Makes the beginning durable. `appSecrets`: the current one first. */
export async function beginAttempt(
  beginning: AuditBeginning,
  appSecrets: readonly string[],
): Promise<Attempt> {
  const key = currentAuditKey(appSecrets);
  const { entry, open } = await store(beginning, key);
  const stopWaiting = open.writeHeadLater(key);
  const objects = new Set<string>();
  let revision = 0;
  return {
    mark: markOf(entry),
    async end(ending) {
      stopWaiting();
      revision += 1;
      for (const id of endingObjects(ending, entry.objects)) objects.add(id);
      const sealed = sealEnding(key, entry, { ending, revision, objects: [...objects] });
      if (revision === 1) return storeFirstEnding(entry, sealed, open, key, () => revision === 1);
      const isLatest = () => sealed.ending.revision === revision;
      if (await storeEnding(entry, sealed, open, key)) await open.writeHead(key);
      else if (isLatest()) throw entryIsGone(entry);
    },
  };
}

/**
 * Stores the ending and, in the same moment, the head that contains it. A correction is stored before its head: an entry with
 * the ending before it must not look as if it had just been corrected.
 */
async function storeFirstEnding(
  entry: BegunEntry,
  sealed: SealedEnding,
  open: OpenWriter,
  key: AuditKey,
  isLatest: () => boolean,
): Promise<void> {
  open.writer.hold({ sequence: entry.sequence, ending: sealed.ending, digest: sealed.endDigest });
  const [stored] = await Promise.allSettled([storeEnding(entry, sealed, open, key), open.writeHead(key)]);
  if (stored.status === "fulfilled" && stored.value) return;
  open.writer.letGo(entry.sequence);
  await open.writeHead(key);
  if (stored.status === "rejected") throw stored.reason;
  if (isLatest()) throw entryIsGone(entry);
}

const entryIsGone = ({ eventId }: BegunEntry) =>
  new Problem("SERVICE_UNAVAILABLE", `The audit entry ${eventId} no longer exists`);

/** Makes durable an attempt that ended before it could have an effect: one entry, with its ending. */
export async function recordAttempt(
  beginning: AuditBeginning,
  ending: AuditEnding,
  appSecrets: readonly string[],
): Promise<AuditMark> {
  const key = currentAuditKey(appSecrets);
  const { entry, open } = await store(beginning, key, ending);
  await open.writeHead(key);
  return markOf(entry);
}

async function store(
  beginning: AuditBeginning,
  key: AuditKey,
  ending?: AuditEnding,
): Promise<{ readonly entry: BegunEntry; readonly open: OpenWriter }> {
  const open = takeWriter(beginning.startedAt);
  await open.announce(key);
  const entry = makeEntry(beginning, open.writer.next(), open.writer.lifetime, key);
  const objects = ending === undefined ? [] : endingObjects(ending, entry.objects);
  const sealed = ending === undefined ? undefined : sealEnding(key, entry, { ending, revision: 1, objects });
  const stored = { ...entry, ...sealed };
  await Promise.all([
    // The id is new: an existing item is this same one, from a request whose response was lost.
    putItem(env("AUDIT_LOG_TABLE"), stored, {
      expression: ENTRY_IS_NEW,
      names: { "#partition": "partition" },
    }),
    ...[...entry.objects, ...objects].map((id) => putItem(env("AUDIT_LOG_TABLE"), makeLink(entry, id, key))),
  ]);
  open.writer.advance(entry);
  if (sealed !== undefined) {
    open.writer.close({ sequence: entry.sequence, revision: 1, digest: sealed.endDigest });
  }
  giveBackWriter(open);
  return { entry, open };
}

/** False if the entry has a newer ending, or does not exist. */
async function storeEnding(
  entry: BegunEntry,
  sealed: SealedEnding,
  { writer }: OpenWriter,
  key: AuditKey,
): Promise<boolean> {
  const update = updateItem(
    env("AUDIT_LOG_TABLE"),
    { partition: entry.partition, sort: entry.sort },
    "SET #ending = :ending, endDigest = :endDigest",
    {
      expression: `${ENTRY_EXISTS} AND (${HAS_NO_ENDING} OR ${ENDING_IS_NOT_NEWER})`,
      names: { "#partition": "partition", "#ending": "ending", "#revision": "revision" },
      values: {
        ":ending": sealed.ending,
        ":endDigest": sealed.endDigest,
        ":revision": sealed.ending.revision,
      },
    },
  );
  const links = sealed.ending.objects.map((id) => putItem(env("AUDIT_LOG_TABLE"), makeLink(entry, id, key)));
  const [isStored] = await Promise.all([update, ...links]);
  if (isStored)
    writer.close({
      sequence: entry.sequence,
      revision: sealed.ending.revision,
      digest: sealed.endDigest,
    });
  return isStored;
}

const markOf = (entry: BegunEntry): AuditMark => ({
  auditEventId: entry.eventId,
  auditWriter: entry.writer,
  auditSequence: entry.sequence,
  auditDigest: entry.digest,
});
