/** The table of API keys: the principal of a key, and the operators' commands. */

import { getItem, putItem, scanTable, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { asProblem, invalidField, Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { present } from "../present.ts";
import { isHashOf, keyHashOf, keyIdOf, newApiKey } from "./api-key.ts";
import { type ApiKey, checkPrincipal, isExpired, itemOf, readApiKeyItem } from "./api-key-record.ts";
import type { Identity, Refusal } from "./identity.ts";
import type { Principal } from "./principal.ts";

/** `lastUsedAt` helps to find keys that are no longer used. One hour is precise enough, and saves a write per call. */
export const LAST_USED_RESOLUTION_MS = 60 * 60 * 1000;
/** The longest time that a caller waits for that write. */
const NOTE_USE_TIMEOUT_MS = 500;

/** A new key. This is the only time its text is known. */
export interface CreatedApiKey {
  readonly key: string;
  readonly record: ApiKey;
}

const IS_NEW = "attribute_not_exists(keyId)";
const EXISTS = "attribute_exists(keyId)";
const USE_IS_TO_BE_NOTED = "attribute_not_exists(lastUsedAt) OR lastUsedAt <= :due";
const IS_NEITHER_REVOKED_NOR_REPLACED =
  "attribute_not_exists(revokedAt) AND attribute_not_exists(replacedBy)";

const table = () => env("API_KEYS_TABLE");

/** The identity of the caller with `key`. Throws SERVICE_UNAVAILABLE if the table cannot be read. */
export async function identifyApiKey(key: string, now: Date): Promise<Identity> {
  const item = await getItem(table(), { keyId: keyIdOf(key) });
  const record = item === undefined ? undefined : readApiKeyItem(item);
  if (record === undefined || !isHashOf(String(item?.keyHash), key)) return refused("unknown-key");
  if (record.revokedAt !== undefined) return refused("revoked-key", record);
  if (isExpired(record, now)) return refused("expired-key", record);
  await noteUse(record, now);
  return { ok: true, principal: record.principal, ...present({ expiresAt: record.expiresAt }) };
}

/**
 * An unknown text is not logged, not even its digest: it may be a password that was pasted by mistake. Anybody can send one, so it is not
 * counted either; a key of ours belongs to an application that does not work now, or to a thief.
 */
function refused(refusal: Refusal, record?: ApiKey): Identity {
  log(
    "info",
    {
      event: "identity.refused",
      outcome: "rejected",
      refusal,
      ...present({ keyId: record?.keyId, principalId: record?.principal.id }),
    },
    record === undefined ? [] : [{ dimensions: ["stage"], values: { KeysRefused: 1 } }],
  );
  return { ok: false, refusal };
}

/** At most once an hour for each key. The call continues even if this fails. */
async function noteUse({ keyId, lastUsedAt }: ApiKey, now: Date): Promise<void> {
  const due = new Date(now.getTime() - LAST_USED_RESOLUTION_MS).toISOString();
  if ((lastUsedAt ?? "") > due) return;
  const noted = updateItem(table(), { keyId }, "SET lastUsedAt = :now", {
    expression: `${EXISTS} AND (${USE_IS_TO_BE_NOTED})`,
    values: { ":now": now.toISOString(), ":due": due },
  }).catch((cause: unknown) => {
    log("warn", { event: "identity.use-not-noted", keyId, cause: describeCause(asProblem(cause).cause) });
  });
  let timer: NodeJS.Timeout | undefined;
  const waitedEnough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, NOTE_USE_TIMEOUT_MS);
  });
  await Promise.race([noted, waitedEnough]);
  clearTimeout(timer);
}

/** Makes a key. Throws VALIDATION_FAILED naming the part of `principal`, or the expiry, that is wrong. */
export async function createApiKey(
  principal: Principal,
  { expiresAt }: { readonly expiresAt?: number | undefined },
  now: Date,
): Promise<CreatedApiKey> {
  checkPrincipal(principal);
  if ((expiresAt ?? Number.POSITIVE_INFINITY) <= seconds(now)) {
    throw invalidField("expires", "must be in the future: the key would never work");
  }
  const key = newApiKey();
  const record: ApiKey = {
    keyId: keyIdOf(key),
    principal,
    createdAt: now.toISOString(),
    ...present({ expiresAt }),
  };
  const made = await putItem(table(), itemOf(record, keyHashOf(key)), {
    expression: IS_NEW,
  });
  if (!made) throw new Problem("CONFLICT", `Key ${record.keyId} already exists; nothing was created`);
  return { key, record };
}

/** Every key, the newest first. */
export async function listApiKeys(): Promise<ApiKey[]> {
  const keys = (await scanTable(table())).flatMap((item) => readApiKeyItem(item) ?? []);
  return keys.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** Revokes the key. A key that was already revoked keeps its time. Throws NOT_FOUND. */
export async function revokeApiKey(keyId: string, now: Date): Promise<ApiKey> {
  await updateItem(table(), { keyId }, "SET revokedAt = if_not_exists(revokedAt, :now)", {
    expression: EXISTS,
    values: { ":now": now.toISOString() },
  });
  return readApiKey(keyId);
}

/**
 * A new key for the same principal, roles and customer. The old one works for `graceSeconds` more, or until its own expiry
 * if that comes first. By default the new one has the same lifetime as the old one; `expiresAt` overrides it.
 * Throws NOT_FOUND, and CONFLICT for a key that no longer works or was already rotated.
 */
export async function rotateApiKey(
  keyId: string,
  { graceSeconds, expiresAt }: { readonly graceSeconds: number; readonly expiresAt?: number | undefined },
  now: Date,
): Promise<CreatedApiKey & { readonly old: ApiKey }> {
  const old = await readApiKey(keyId);
  refuseRotation(old, now);
  const created = await createApiKey(old.principal, { expiresAt: expiresAt ?? sameLifetime(old, now) }, now);
  // The new key is written first: if the process stops between the two writes, the old one still works.
  const replaced = await updateItem(table(), { keyId }, "SET replacedBy = :new, expiresAt = :end", {
    expression: `${EXISTS} AND ${IS_NEITHER_REVOKED_NOR_REPLACED}`,
    values: {
      ":new": created.record.keyId,
      ":end": Math.min(old.expiresAt ?? Number.MAX_SAFE_INTEGER, seconds(now) + graceSeconds),
    },
  });
  if (!replaced) {
    await revokeApiKey(created.record.keyId, now);
    throw new Problem("CONFLICT", `Key ${keyId} was rotated or revoked at the same time; list the keys`);
  }
  return { ...created, old: await readApiKey(keyId) };
}

function refuseRotation(key: ApiKey, now: Date): void {
  const { keyId, revokedAt, replacedBy } = key;
  if (replacedBy !== undefined) {
    throw new Problem(
      "CONFLICT",
      `Key ${keyId} was already rotated to ${replacedBy}: rotate that one, or create a key if its text was lost`,
    );
  }
  if (revokedAt !== undefined || isExpired(key, now)) {
    const end = revokedAt === undefined ? "has expired" : "is revoked";
    throw new Problem("CONFLICT", `Key ${keyId} ${end}: create a new one instead`);
  }
}

function sameLifetime({ createdAt, expiresAt }: ApiKey, now: Date): number | undefined {
  return expiresAt === undefined ? undefined : seconds(now) + expiresAt - seconds(new Date(createdAt));
}

const seconds = (time: Date) => Math.floor(time.getTime() / 1000);

async function readApiKey(keyId: string): Promise<ApiKey> {
  const item = await getItem(table(), { keyId });
  const record = item === undefined ? undefined : readApiKeyItem(item);
  if (record === undefined) throw noSuchKey(keyId);
  return record;
}

function noSuchKey(keyId: string): Problem {
  return new Problem("NOT_FOUND", `Key ${keyId} does not exist in the table ${table()}`);
}
