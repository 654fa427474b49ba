/**
 * The principal as the authorizer passes it on. The authorizer lets an unknown caller through with a `refusal` instead
 * of a principal, because HTTP API's own 401 and 403 say nothing useful. This module turns the refusal into a problem,
 * before any handler runs. A 401 always comes from this module, a 403 always from a policy.
 */

import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem } from "../errors.ts";
import { type Identity, REFUSALS, type Refusal } from "../identity/identity.ts";
import type { Principal } from "../identity/principal.ts";
import { present } from "../present.ts";
import { type Fields, fieldOf, fieldsOf, parseJson } from "../untrusted.ts";

/** The context that functions/authorizer returns; API Gateway passes it on as `requestContext.authorizer.lambda`. */
export interface AuthorizerContext {
  readonly principalId?: string;
  /** JSON array of role names. */
  readonly roles?: string;
  readonly customerId?: string;
  readonly refusal?: Refusal;
}

/** How long API Gateway caches the authorizer's response, even a refusal: `resultTtlInSeconds` in serverless.yml. */
const RESULT_TTL_SECONDS = 60;

const SEND_A_KEY = "Send the header Authorization: Bearer <api key>";

const DETAILS: Readonly<Record<Exclude<Refusal, "identity-provider-unreachable">, string>> = {
  "no-bearer-key": SEND_A_KEY,
  "unknown-key":
    "The API key in the Authorization header is not known in this stage: check that it is complete, and from this stage",
  "expired-key": "The API key in the Authorization header has expired: ask the operator for a new one",
  "revoked-key": "The API key in the Authorization header was revoked: ask the operator for a new one",
  "jwt-not-enabled": `This service does not accept tokens. ${SEND_A_KEY}`,
  "invalid-token":
    "The token in the Authorization header is not valid for this service: sign in again for a new one",
  "expired-token": "The token in the Authorization header has expired: refresh it, or sign in again",
};

/** The context for an identity. */
export function authorizerContext(identity: Identity): AuthorizerContext {
  if (!identity.ok) return { refusal: identity.refusal };
  const { id, roles, customerId } = identity.principal;
  return {
    principalId: id,
    roles: JSON.stringify(roles),
    ...present({ customerId }),
  };
}

/**
 * The principal of the caller. Throws UNAUTHENTICATED, saying what is missing, if the authorizer found none, and
 * SERVICE_UNAVAILABLE if it could not ask the identity provider.
 */
export function authenticatedPrincipal(event: APIGatewayProxyEventV2): Principal {
  const context = contextOf(event);
  const refusal = refusalIn(context);
  if (refusal === "identity-provider-unreachable") {
    throw new Problem("SERVICE_UNAVAILABLE", "The authorizer could not read the identity provider's keys", {
      retryAfterSeconds: RESULT_TTL_SECONDS,
    });
  }
  const principal = principalIn(context);
  if (principal === undefined) throw new Problem("UNAUTHENTICATED", DETAILS[refusal ?? "no-bearer-key"]);
  return principal;
}

/** The `WWW-Authenticate` of a 401: RFC 6750, section 3 wants no error code if no key or token was sent. */
export function bearerChallenge(event: APIGatewayProxyEventV2): string {
  const refusal = refusalIn(contextOf(event));
  return refusal === undefined || refusal === "no-bearer-key" ? "Bearer" : 'Bearer error="invalid_token"';
}

function refusalIn({ refusal }: Fields): Refusal | undefined {
  return REFUSALS.find((known) => known === refusal);
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

function contextOf({ requestContext }: APIGatewayProxyEventV2): Fields {
  return fieldsOf(fieldOf(requestContext, "authorizer", "lambda"));
}
