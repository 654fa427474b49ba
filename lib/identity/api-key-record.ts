/** What the table stores about an API key, and which principals can have one. No I/O, no clock. */

import { invalidField } from "../errors.ts";
import { present } from "../present.ts";
import { JWT_PRINCIPAL_PREFIX } from "./identity.ts";
import { isReservedName } from "./own-principals.ts";
import type { Principal } from "./principal.ts";

/** Times are ISO 8601, UTC, except `expiresAt`. */
export interface ApiKey {
  readonly keyId: string;
  readonly principal: Principal;
  readonly createdAt: string;
  /** Unix seconds. */
  readonly expiresAt?: number;
  readonly revokedAt?: string;
  /** The key that this one was rotated to. */
  readonly replacedBy?: string;
  /** To the hour. */
  readonly lastUsedAt?: string;
}

export function isExpired({ expiresAt }: ApiKey, now: Date): boolean {
  return (expiresAt ?? Number.POSITIVE_INFINITY) * 1000 <= now.getTime();
}

/** The stored form. */
export function itemOf({ principal, ...record }: ApiKey, keyHash: string): Record<string, unknown> {
  const { id: principalId, roles, customerId } = principal;
  return { ...record, keyHash, principalId, roles, customerId };
}

/** The record of a stored item; undefined for an incomplete one, which does not authenticate anyone. */
export function readApiKeyItem(item: Readonly<Record<string, unknown>>): ApiKey | undefined {
  const { keyId, createdAt, expiresAt, revokedAt, replacedBy, lastUsedAt } = item;
  const principal = readPrincipal(item);
  if (typeof keyId !== "string" || typeof createdAt !== "string" || principal === undefined) return undefined;
  if (expiresAt !== undefined && typeof expiresAt !== "number") return undefined;
  return {
    keyId,
    principal,
    createdAt,
    ...present({ expiresAt }),
    ...(revokedAt === undefined ? {} : { revokedAt: String(revokedAt) }),
    ...(replacedBy === undefined ? {} : { replacedBy: String(replacedBy) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: String(lastUsedAt) }),
  };
}

function readPrincipal(item: Readonly<Record<string, unknown>>): Principal | undefined {
  const { principalId, roles, customerId } = item;
  if (typeof principalId !== "string" || principalId === "") return undefined;
  if (isOfToken(principalId) || isReservedName(principalId)) return undefined;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === "string")) return undefined;
  if (customerId === undefined) return { id: principalId, roles };
  // If a damaged customer id were ignored, the key would act for every customer.
  return typeof customerId === "string" ? { id: principalId, roles, customerId } : undefined;
}

/** Throws VALIDATION_FAILED naming the part of the principal that is wrong. */
export function checkPrincipal({ id, roles, customerId }: Principal): void {
  if (isOfToken(id)) {
    throw invalidField(
      "principal",
      `must not begin with ${JWT_PRINCIPAL_PREFIX}, which marks the principals of tokens`,
    );
  }
  if (isReservedName(id)) {
    throw invalidField(
      "principal",
      `must not be ${id.trim().toLowerCase()}, the name of this service's own principal in the audit log`,
    );
  }
  if (!/^[A-Za-z0-9][\w.:-]{0,63}$/.test(id)) {
    throw invalidField(
      "principal",
      "must be 1 to 64 letters, digits, - _ . or : and begin with a letter or digit, such as shop",
    );
  }
  if (roles.length === 0) throw invalidField("role", "is missing: name at least one, such as checkout");
  if (!roles.every((role) => /^[\w-]{1,64}$/.test(role))) {
    throw invalidField("role", "must be 1 to 64 letters, digits, - or _, such as checkout");
  }
  if (customerId !== undefined && !/^cus_\w{1,64}$/.test(customerId)) {
    throw invalidField("customer", "must be the id of a Stripe customer: cus_ and letters or digits");
  }
}

function isOfToken(principalId: string): boolean {
  return principalId.toLowerCase().startsWith(JWT_PRINCIPAL_PREFIX);
}
