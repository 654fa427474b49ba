/** Entries and heads as verification needs them: read from the untrusted table, their digests checked. Pure. */

import type { Item } from "../aws/dynamodb.ts";
import { fieldsOf, listOf, numberOf, textOf, textsOf } from "../untrusted.ts";
import type { AuditKey } from "./audit-key.ts";
import { type ClosedEnding, endingDigest, entryDigest, headDigest, linkDigest } from "./stored-entry.ts";

/** An entry whose digest is valid. */
export interface ChainEntry {
  readonly partition: string;
  readonly sort: string;
  /** Until then, the log has it, in the table or in the archive: Unix seconds. */
  readonly keptUntil: number;
  readonly timestamp: string;
  readonly eventId: string;
  readonly writer: string;
  readonly sequence: number;
  readonly previous: string | undefined;
  readonly closed: readonly ClosedEnding[];
  readonly objects: readonly string[];
  readonly digest: string;
  /** `altered` if its digest is not valid; undefined while it has none. */
  readonly ending: VerifiedEnding | "altered" | undefined;
}

export interface VerifiedEnding {
  readonly revision: number;
  readonly digest: string;
  readonly objects: readonly string[];
}

export interface ChainHead {
  readonly writer: string;
  /** As of an entry. */
  readonly keptUntil: number;
  /** Of the last entry that is certain to be stored; 0 for none. */
  readonly sequence: number;
  readonly last: string | undefined;
  readonly closed: readonly ClosedEnding[];
  /** As they are stored, by the sequence of their entry. */
  readonly held: ReadonlyMap<number, { readonly ending: unknown; readonly endDigest: string }>;
}

type Read<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly wrong: string };

const ALTERED = "was altered, or was not written by this service";

export function readChainEntry(
  item: Item,
  keys: ReadonlyMap<string, AuditKey>,
): Read<{ readonly entry: ChainEntry }> {
  const key = keys.get(String(item.keyId));
  if (key === undefined) return { ok: false, wrong: missingKey(item.keyId) };
  const { partition, sort, expiresAt, timestamp, eventId, writer, sequence, previous, digest } = item;
  if (
    digest !== entryDigest(key, item) ||
    typeof digest !== "string" ||
    typeof partition !== "string" ||
    typeof sort !== "string" ||
    typeof expiresAt !== "number" ||
    typeof timestamp !== "string" ||
    typeof eventId !== "string" ||
    typeof writer !== "string" ||
    typeof sequence !== "number"
  ) {
    return { ok: false, wrong: ALTERED };
  }
  return {
    ok: true,
    entry: {
      partition,
      sort,
      keptUntil: numberOf(item.keptUntil) ?? expiresAt,
      timestamp,
      eventId,
      writer,
      sequence,
      previous: textOf(previous),
      closed: closedEndings(item.closed),
      objects: textsOf(item.objects),
      digest,
      ending: readEnding(item, digest, key),
    },
  };
}

function readEnding(item: Item, entry: string, key: AuditKey): ChainEntry["ending"] {
  const { ending, endDigest } = item;
  if (ending === undefined && endDigest === undefined) return undefined;
  if (typeof endDigest !== "string" || endDigest !== endingDigest(key, entry, ending)) return "altered";
  const { revision, objects } = fieldsOf(ending);
  return typeof revision === "number"
    ? { revision, digest: endDigest, objects: textsOf(objects) }
    : "altered";
}

export function readChainHead(
  item: Item,
  keys: ReadonlyMap<string, AuditKey>,
): Read<{ readonly head: ChainHead }> {
  const key = keys.get(String(item.keyId));
  if (key === undefined) return { ok: false, wrong: missingKey(item.keyId) };
  const { sort, expiresAt, sequence, last, digest } = item;
  if (
    digest !== headDigest(key, item) ||
    typeof sort !== "string" ||
    typeof expiresAt !== "number" ||
    typeof sequence !== "number"
  ) {
    return { ok: false, wrong: ALTERED };
  }
  return {
    ok: true,
    head: {
      writer: sort,
      keptUntil: numberOf(item.keptUntil) ?? expiresAt,
      sequence,
      last: textOf(last),
      closed: closedEndings(item.closed),
      held: heldEndings(item.held),
    },
  };
}

function heldEndings(value: unknown): ChainHead["held"] {
  return new Map(
    listOf(value).flatMap((item) => {
      const { sequence, ending, digest } = fieldsOf(item);
      return typeof sequence === "number" && typeof digest === "string"
        ? [[sequence, { ending, endDigest: digest }] as const]
        : [];
    }),
  );
}

/**
 * The entry with the ending that its writer's head holds, if it has none of its own. The digests of the result say whether
 * they belong together.
 */
export function completedBy(head: ChainHead | undefined, item: Item): Item {
  if (item.ending !== undefined || item.endDigest !== undefined) return item;
  return { ...item, ...head?.held.get(Number(item.sequence)) };
}

/** A link whose digest is valid. */
export interface Link {
  readonly partition: string;
  readonly sort: string;
  /** The partition of its entry, which has the same sort key. */
  readonly entry: string;
  readonly expiresAt: number;
  readonly writer: string;
  readonly sequence: number;
}

export function readLink(item: Item, keys: ReadonlyMap<string, AuditKey>): Read<{ readonly link: Link }> {
  const key = keys.get(String(item.keyId));
  if (key === undefined) return { ok: false, wrong: missingKey(item.keyId) };
  const { partition, sort, entry, expiresAt, writer, sequence, digest } = item;
  if (
    digest !== linkDigest(key, item) ||
    typeof partition !== "string" ||
    typeof sort !== "string" ||
    typeof entry !== "string" ||
    typeof expiresAt !== "number" ||
    typeof writer !== "string" ||
    typeof sequence !== "number"
  ) {
    return { ok: false, wrong: ALTERED };
  }
  return { ok: true, link: { partition, sort, entry, expiresAt, writer, sequence } };
}

function missingKey(keyId: unknown): string {
  return `cannot be checked: its key ${String(keyId)} belongs to none of the secrets in APP_SECRET`;
}

function closedEndings(value: unknown): ClosedEnding[] {
  return listOf(value).flatMap((item) => {
    const { sequence, revision, digest } = fieldsOf(item);
    return typeof sequence === "number" && typeof revision === "number" && typeof digest === "string"
      ? [{ sequence, revision, digest }]
      : [];
  });
}
