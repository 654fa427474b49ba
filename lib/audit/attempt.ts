/**
 * Writing the audit log: an entry before an attempt can have any effect, its ending before anybody gets an answer.
 *
 *   beginAttempt --(durable: pending)--> effect --> end --(durable: the result)--> answer
 *
 * What is cut off in between stays `pending`, and reads as `interrupted` once its deadline is over. A write that fails
 * throws SERVICE_UNAVAILABLE, for the caller to pass on.
 */
import { randomUUID } from "node:crypto";
import { putItem, updateItem } from "../dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { AuditBeginning, AuditEnding } from "./audit-entry.ts";
import { type AuditKey, currentAuditKey } from "./audit-key.ts";
import { objectIdsIn } from "./object-ids.ts";
import { giveBackWriter, type OpenWriter, takeWriter } from "./open-writer.ts";
import { auditableText } from "./redact.ts";
import {
  type BegunEntry,
  type ChainLink,
  dayOf,
  dayPartition,
  endingDigest,
  entryDigest,
  objectPartition,
  type StoredEnding,
  shardOf,
} from "./stored-entry.ts";

/** What a log line says of an entry: with its digest in CloudWatch, the table alone cannot be rewritten unseen. */
export interface AuditMark {
  readonly auditEventId: string;
  readonly auditWriter: string;
  readonly auditSequence: number;
  readonly auditDigest: string;
}

export interface Attempt {
  readonly mark: AuditMark;
  /**
   * Makes the ending durable. A second call corrects the first: the later of two that race stands. Objects of an ending
   * that was corrected stay named.
   */
  end(ending: AuditEnding): Promise<void>;
}

/** Makes the beginning durable. `appSecrets`: the one in use first. */
export async function beginAttempt(
  beginning: AuditBeginning,
  appSecrets: readonly string[],
): Promise<Attempt> {
  const key = currentAuditKey(appSecrets);
  const { entry, open } = await store(beginning, key);
  // While the attempt goes on; `end` waits for it.
  void open.writeHead(key);
  const objects = new Set<string>();
  let revision = 0;
  return {
    mark: markOf(entry),
    async end(ending) {
      revision += 1;
      for (const id of endingObjects(ending, entry.objects)) objects.add(id);
      const sealed = sealEnding(key, entry, { ending, revision, objects: [...objects] });
      const isLatest = () => sealed.ending.revision === revision;
      if (!(await storeEnding(entry, sealed))) {
        if (!isLatest()) return;
        throw new Problem("SERVICE_UNAVAILABLE", `The audit entry ${entry.eventId} is not there any more`);
      }
      open.writer.close({
        sequence: entry.sequence,
        revision: sealed.ending.revision,
        digest: sealed.endDigest,
      });
      await open.writeHead(key);
    },
  };
}

/** Makes an attempt durable that ended before it could have an effect: one entry, with its ending. */
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
  const entry = begunEntry(beginning, open.writer.next(), open.writer.expiresAt, key);
  const objects = ending === undefined ? [] : endingObjects(ending, entry.objects);
  const sealed = ending === undefined ? undefined : sealEnding(key, entry, { ending, revision: 1, objects });
  const stored = { ...entry, ...sealed };
  await Promise.all([
    // The id is new: an item that is there already is this very one, of a request whose answer was lost.
    putItem(env("AUDIT_LOG_TABLE"), stored, {
      expression: "attribute_not_exists(#partition)",
      names: { "#partition": "partition" },
    }),
    ...[...entry.objects, ...objects].map((id) => putLink(entry, id)),
  ]);
  open.writer.advance(entry);
  if (sealed !== undefined) {
    open.writer.close({ sequence: entry.sequence, revision: 1, digest: sealed.endDigest });
  }
  giveBackWriter(open);
  return { entry, open };
}

function storeEnding(
  entry: BegunEntry,
  sealed: { readonly ending: StoredEnding; readonly endDigest: string },
): Promise<boolean> {
  const update = updateItem(
    env("AUDIT_LOG_TABLE"),
    { partition: entry.partition, sort: entry.sort },
    "SET #ending = :ending, endDigest = :endDigest",
    {
      // entryIsThere AND (hasNoEnding OR itsEndingIsNotNewer)
      expression:
        "attribute_exists(#partition) AND (attribute_not_exists(#ending) OR #ending.#revision <= :revision)",
      names: { "#partition": "partition", "#ending": "ending", "#revision": "revision" },
      values: {
        ":ending": sealed.ending,
        ":endDigest": sealed.endDigest,
        ":revision": sealed.ending.revision,
      },
    },
  );
  const links = sealed.ending.objects.map((id) => putLink(entry, id));
  return Promise.all([update, ...links]).then(([updated]) => updated);
}

function putLink(entry: BegunEntry, objectId: string): Promise<boolean> {
  return putItem(env("AUDIT_LOG_TABLE"), {
    partition: objectPartition(objectId),
    sort: entry.sort,
    entry: entry.partition,
    expiresAt: entry.expiresAt,
  });
}

/** Room for both payloads and the rest below DynamoDB's 400 KB for an item. */
const MAX_PAYLOAD_LENGTH = 32_768;
const MAX_OBJECTS = 100;
const MAX_OBJECT_ID_LENGTH = 255;

function begunEntry(
  beginning: AuditBeginning,
  chain: ChainLink,
  expiresAt: number,
  key: AuditKey,
): BegunEntry {
  const { startedAt, inputs, objects: given = [], resource, ...known } = beginning;
  const timestamp = startedAt.toISOString();
  const eventId = randomUUID();
  const entry = asStored({
    ...known,
    // It may be a part of the path, and of nothing that exists.
    resource: { ...resource, id: auditableText(resource.id) },
    ...chain,
    partition: dayPartition(dayOf(startedAt), shardOf(chain.writer)),
    sort: `${timestamp}#${eventId}`,
    expiresAt,
    timestamp,
    eventId,
    ...(inputs === undefined ? {} : { inputs: payloadText(inputs) }),
    objects: usableIds([...given, ...objectIdsTouchedBy(beginning)]),
    keyId: key.keyId,
  });
  return { ...entry, digest: entryDigest(key, entry) };
}

/** Who reads an object's history does not touch the object. */
function objectIdsTouchedBy({ eventType, inputs }: AuditBeginning): string[] {
  return eventType === "audit.read" ? [] : objectIdsIn(inputs);
}

function endingObjects({ objects = [], outputs }: AuditEnding, known: readonly string[]): string[] {
  return usableIds([...objects, ...objectIdsIn(outputs)]).filter((id) => !known.includes(id));
}

function sealEnding(
  key: AuditKey,
  entry: BegunEntry,
  made: { readonly ending: AuditEnding; readonly revision: number; readonly objects: readonly string[] },
): { readonly ending: StoredEnding; readonly endDigest: string } {
  const { outputs, objects: _collected, ...known } = made.ending;
  const ending = asStored({
    ...known,
    revision: made.revision,
    ...(outputs === undefined ? {} : { outputs: payloadText(outputs) }),
    objects: made.objects,
  });
  return { ending, endDigest: endingDigest(key, entry.digest, ending) };
}

/** Payloads are kept as text: JSON's numbers and depths are not all DynamoDB's. */
function payloadText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_PAYLOAD_LENGTH ? '"[too large]"' : text;
}

/** `value` as it comes back from the table: a digest over half a surrogate pair, or over what is undefined, would not hold. */
function asStored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_name, node) =>
    typeof node === "string" ? node.toWellFormed() : node,
  );
}

function usableIds(ids: readonly string[]): string[] {
  const usable = ids.filter((id) => id !== "" && id.length <= MAX_OBJECT_ID_LENGTH);
  return [...new Set(usable)].slice(0, MAX_OBJECTS);
}

const markOf = (entry: BegunEntry): AuditMark => ({
  auditEventId: entry.eventId,
  auditWriter: entry.writer,
  auditSequence: entry.sequence,
  auditDigest: entry.digest,
});
