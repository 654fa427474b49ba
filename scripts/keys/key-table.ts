/** API keys as a table for people. No I/O, no clock: `now` is passed in. */
import { type ApiKey, isExpired } from "../../lib/identity/api-key-record.ts";
import { textTable } from "../text-table.ts";

const HEADINGS = ["KEY ID", "PRINCIPAL", "ROLES", "CUSTOMER", "STATE", "CREATED", "LAST USED"];

/** One line for each key below the headings; times are UTC, to the minute. */
export function keyTable(keys: readonly ApiKey[], now: Date): string {
  return textTable([HEADINGS, ...keys.map((key) => rowOf(key, now))]);
}

function rowOf(key: ApiKey, now: Date): string[] {
  return [
    key.keyId,
    key.principal.id,
    key.principal.roles.join(","),
    key.principal.customerId ?? "every",
    stateOf(key, now),
    minute(key.createdAt),
    key.lastUsedAt === undefined ? "never" : minute(key.lastUsedAt),
  ];
}

function stateOf(key: ApiKey, now: Date): string {
  const replaced = key.replacedBy === undefined ? "" : `, replaced by ${key.replacedBy}`;
  if (key.revokedAt !== undefined) return `revoked ${minute(key.revokedAt)}${replaced}`;
  if (key.expiresAt === undefined) return "active";
  return `${isExpired(key, now) ? "expired" : "expires"} ${endOf(key.expiresAt)}${replaced}`;
}

/** A time in Unix seconds -> `2026-11-25 10:20` */
export function endOf(expiresAt: number): string {
  return minute(new Date(expiresAt * 1000).toISOString());
}

/** `2026-11-25T10:20:30.000Z` -> `2026-11-25 10:20` */
function minute(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
