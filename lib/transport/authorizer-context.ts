/**
 * The identity as it travels from the authorizer to the functions, through API Gateway. Somebody who can invoke a
 * function can write a context of their own, so the authorizer signs it. The MAC binds the identity and its expiry to
 * the Authorization header of the request: a context that was copied from one call is of no use without the credential
 * itself. It survives API Gateway's cache, which keeps the response for each Authorization header. Pure.
 */
import type { Identity, Refusal } from "../identity/identity.ts";
import type { Principal } from "../identity/principal.ts";
import { present } from "../present.ts";
import { isMacOf, macOf } from "../sealing/mac.ts";
import { type Fields, parseJson } from "../untrusted.ts";
import { RESULT_TTL_SECONDS } from "./refusals.ts";

/** The context that functions/authorizer returns; API Gateway passes it on as `requestContext.authorizer.lambda`. */
export interface AuthorizerContext {
  readonly principalId?: string;
  /** JSON array of role names. */
  readonly roles?: string;
  readonly customerId?: string;
  /** Unix seconds, UTC. */
  readonly expiresAt?: string;
  /** Over everything above and the Authorization header. A refusal has none: it gives nobody any right. */
  readonly mac?: string;
  readonly refusal?: Refusal;
}

/** What signs a context and checks it. */
export interface ContextSeal {
  /** The value of the request's Authorization header. */
  readonly authorization: string | undefined;
  readonly appSecrets: readonly string[];
  readonly now: Date;
}

/** API Gateway's cache, and the time that a request can wait for a function: on the local stack, minutes. */
const CONTEXT_TTL_SECONDS = 5 * RESULT_TTL_SECONDS;

const PURPOSE = "authorizer-context/v1";

/** Why a context is not believed. `incomplete`: the authorizer signed it, but not in a form that this code reads. */
export type Distrust = "missing" | "forged" | "expired" | "incomplete";

/** The context for an identity. It expires with the credential, or after five minutes if that comes first. */
export function authorizerContext(identity: Identity, seal: ContextSeal): AuthorizerContext {
  if (!identity.ok) return { refusal: identity.refusal };
  const { id, roles, customerId } = identity.principal;
  const latest = Math.floor(seal.now.getTime() / 1000) + CONTEXT_TTL_SECONDS;
  const context = {
    principalId: id,
    roles: JSON.stringify(roles),
    ...present({ customerId }),
    expiresAt: String(Math.min(latest, identity.expiresAt ?? latest)),
  };
  return { ...context, mac: macOf(PURPOSE, signedParts(context, seal), seal.appSecrets) };
}

/** The principal in a context that the authorizer wrote for this same request, or why it is not believed. */
export function readContext(
  context: Fields,
  seal: ContextSeal,
): { readonly principal: Principal } | { readonly distrust: Distrust } {
  if (context.principalId === undefined && context.mac === undefined) return { distrust: "missing" };
  if (!isMacOf(context.mac, PURPOSE, signedParts(context, seal), seal.appSecrets)) {
    return { distrust: context.mac === undefined ? "missing" : "forged" };
  }
  const principal = principalIn(context);
  if (principal === undefined) return { distrust: "incomplete" };
  if (Number(context.expiresAt) * 1000 <= seal.now.getTime()) return { distrust: "expired" };
  return { principal };
}

/** An absent part differs from an empty one. */
function signedParts(
  { principalId, roles, customerId, expiresAt }: Fields,
  { authorization }: ContextSeal,
): string[] {
  return [principalId, roles, customerId, expiresAt, authorization?.trim()].map(
    (part) => JSON.stringify(part) ?? "",
  );
}

/**
 * Undefined unless every part is as `authorizerContext` writes it: ignoring a bad part could widen the caller's rights.
 */
function principalIn({ principalId, roles, customerId, refusal }: Fields): Principal | undefined {
  if (refusal !== undefined || typeof principalId !== "string" || principalId === "") return undefined;
  const names = parseNames(roles);
  if (names === undefined) return undefined;
  if (customerId === undefined) return { id: principalId, roles: names };
  return typeof customerId === "string" && customerId !== ""
    ? { id: principalId, roles: names, customerId }
    : undefined;
}

function parseNames(json: unknown): string[] | undefined {
  const names = parseJson(json);
  return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
}
