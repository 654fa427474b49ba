/**
 * Verifies JSON Web Tokens of one issuer with the keys that it publishes. The reason for a refusal goes to the log, without
 * the token; the caller learns only whether it expired.
 */

import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { present } from "../present.ts";
import { isRecord } from "../untrusted.ts";
import type { Identity, Refusal } from "./identity.ts";
import { principalOf } from "./jwt-claims.ts";
import { isSafeUrl, type JwtSettings } from "./jwt-settings.ts";

/** Asymmetric only: only the issuer can sign, and a public key can never be used as a shared secret. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const CLOCK_TOLERANCE_SECONDS = 30;
/** For each of two requests, discovery and keys: together below the authorizer's own 5 s. */
const PROVIDER_TIMEOUT_MS = 1_800;

export type JwtVerifier = (token: string, now: Date) => Promise<Identity>;

/** A verifier that fetches the issuer's keys when it first needs them, and keeps them. It never throws. */
export function createJwtVerifier(settings: JwtSettings): JwtVerifier {
  const keys = issuerKeys(settings);
  return async (token, now) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ["exp", "sub"],
        currentDate: now,
      });
      if (!isAccessToken(protectedHeader.typ)) return refused("invalid-token", "header typ");
      const read = principalOf(payload, settings);
      if ("principal" in read) {
        const expiresAt =
          payload.exp === undefined ? undefined : Math.floor(payload.exp) + CLOCK_TOLERANCE_SECONDS;
        return { ok: true, principal: read.principal, ...present({ expiresAt }) };
      }
      return refused("invalid-token", `claim ${read.wrongClaim}`);
    } catch (thrown) {
      if (thrown instanceof Problem) return unreachable(thrown);
      if (thrown instanceof errors.JWTExpired) return refused("expired-token", thrown.code);
      return refused("invalid-token", reasonOf(thrown));
    }
  };
}

/**
 * Whether a token of this type may call: an ordinary one, or an access token (RFC 9068). Others are signed with the same
 * keys and can have the same claims, but prove something else, such as a logout or the possession of a key. The type may
 * have the prefix `application/`, and no case (RFC 7515, section 4.1.9).
 */
function isAccessToken(typ: unknown): boolean {
  if (typ === undefined) return true;
  return typeof typ === "string" && /^(?:application\/)?(?:jwt|at\+jwt)$/i.test(typ);
}

function refused(refusal: Refusal, reason: string): Identity {
  log("info", { event: "identity.refused", outcome: "rejected", refusal, reason });
  return { ok: false, refusal };
}

function unreachable(problem: Problem): Identity {
  log("error", {
    event: "identity.provider-unreachable",
    outcome: "failed",
    reason: problem.message,
    cause: describeCause(problem.cause),
  });
  return { ok: false, refusal: "identity-provider-unreachable" };
}

/** Names of errors and claims only: a message could quote the token. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTClaimValidationFailed) return `${thrown.code} claim ${thrown.claim}`;
  if (thrown instanceof errors.JOSEError) return thrown.code;
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

/** The issuer's keys. Throws JOSE's errors if none fits the token, and a Problem if they cannot be fetched. */
function issuerKeys(settings: JwtSettings): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | undefined;
  const find = () => {
    found ??= findKeySet(settings).catch((thrown: unknown) => {
      found = undefined;
      throw thrown;
    });
    return found;
  };
  return async (header, token) => {
    try {
      return await (await find())(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        throw cause;
      if (cause instanceof Problem) throw cause;
      throw new Problem("SERVICE_UNAVAILABLE", "The identity provider's keys could not be read", { cause });
    }
  };
}

async function findKeySet({ issuer, jwksUrl }: JwtSettings): Promise<JWTVerifyGetKey> {
  return createRemoteJWKSet(new URL(jwksUrl ?? (await discoverKeys(issuer))), {
    timeoutDuration: PROVIDER_TIMEOUT_MS,
  });
}

/** Source: OpenID Connect Discovery 1.0, section 4. */
async function discoverKeys(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(address, {
    redirect: "manual",
    signal: AbortSignal.timeout(PROVIDER_TIMEOUT_MS),
  });
  const unusable = (why: string) => new Problem("SERVICE_UNAVAILABLE", `${address} ${why}`);
  if (answer.status !== 200) throw unusable(`answered ${answer.status}`);
  const document: unknown = await answer.json();
  if (!isRecord(document)) throw unusable("is not a JSON object");
  if (document.issuer !== issuer) {
    throw unusable(`is from a different issuer than JWT_ISSUER; the two must match exactly`);
  }
  const { jwks_uri: jwksUri } = document;
  if (typeof jwksUri !== "string" || !isSafeUrl(jwksUri)) throw unusable("has no https jwks_uri");
  return jwksUri;
}
