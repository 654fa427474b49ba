/** Makes entries and endings, with their digests, as they are stored. No I/O, no clock. */

import { randomUUID } from "node:crypto";
import { holdsCardNumber } from "../card-data.ts";
import { setOwnField } from "../own-field.ts";
import { present } from "../present.ts";
import { isRecord } from "../untrusted.ts";
import type { AuditBeginning, AuditEnding } from "./audit-entry.ts";
import type { AuditKey } from "./audit-key.ts";
import { objectIdsIn } from "./object-ids.ts";
import { auditableText } from "./redact.ts";
import type { Lifetime } from "./retention.ts";
import {
  type BegunEntry,
  type ChainLink,
  dayOf,
  dayPartition,
  endingDigest,
  entryDigest,
  type StoredEnding,
  shardOf,
} from "./stored-entry.ts";

/** Room for both payloads and the rest below DynamoDB's 400 KB for an item. */
const MAX_PAYLOAD_LENGTH = 32_768;
const MAX_OBJECTS = 100;
const MAX_OBJECT_ID_LENGTH = 255;

/** The entry of an attempt that begins, at its place in a writer's chain. */
export function makeEntry(
  beginning: AuditBeginning,
  chain: ChainLink,
  lifetime: Lifetime,
  key: AuditKey,
): BegunEntry {
  const { startedAt, inputs, objects: given = [], resource, ...known } = beginning;
  const timestamp = startedAt.toISOString();
  const eventId = randomUUID();
  const entry = asStored({
    ...known,
    // The id can come from the path, and need not be the id of anything that exists.
    resource: { ...resource, id: auditableText(resource.id) },
    ...chain,
    partition: dayPartition(dayOf(startedAt), shardOf(chain.writer)),
    sort: `${timestamp}#${eventId}`,
    ...lifetime,
    timestamp,
    eventId,
    ...present({ inputs: payloadText(inputs) }),
    objects: usableIds([...given, ...objectIdsTouchedBy(beginning)]),
    keyId: key.keyId,
  });
  return { ...entry, digest: entryDigest(key, entry) };
}

/** Reading an object's history does not touch the object. */
function objectIdsTouchedBy({ eventType, inputs }: AuditBeginning): string[] {
  return eventType === "audit.read" ? [] : objectIdsIn(inputs);
}

/** Ids of further objects that the attempt touched, in addition to `known`. */
export function endingObjects({ objects = [], outputs }: AuditEnding, known: readonly string[]): string[] {
  return usableIds([...objects, ...objectIdsIn(outputs)]).filter((id) => !known.includes(id));
}

export interface SealedEnding {
  readonly ending: StoredEnding;
  readonly endDigest: string;
}

/** The ending as it is stored. `revision`: 1, then one more for each correction. */
export function sealEnding(
  key: AuditKey,
  entry: BegunEntry,
  made: { readonly ending: AuditEnding; readonly revision: number; readonly objects: readonly string[] },
): SealedEnding {
  const { outputs, objects: _collected, ...known } = made.ending;
  const ending = asStored({
    ...known,
    revision: made.revision,
    ...present({ outputs: payloadText(outputs) }),
    objects: made.objects,
  });
  return { ending, endDigest: endingDigest(key, entry.digest, ending) };
}

/** Payloads are kept as text: DynamoDB does not support all of JSON's numbers and depths. */
function payloadText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length > MAX_PAYLOAD_LENGTH ? '"[too large]"' : text;
}

/** `value` as the table returns it: a digest over half a character, or over an undefined value, would not verify. */
function asStored<T>(value: T): T;
function asStored(value: unknown): unknown {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  if (Array.isArray(value)) return value.map((item: unknown) => asStored(item));
  if (!isRecord(value)) return value;
  const stored: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) setOwnField(stored, name, asStored(item));
  }
  return stored;
}

/** An id becomes a key of the table, so one that contains a card number is left out. */
function usableIds(ids: readonly string[]): string[] {
  const usable = ids.filter((id) => id !== "" && id.length <= MAX_OBJECT_ID_LENGTH && !holdsCardNumber(id));
  return [...new Set(usable)].slice(0, MAX_OBJECTS);
}
