/** The authorizer's refusals in the context that it passes on, and what they mean for the caller. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem } from "../errors.ts";
import { REFUSALS, type Refusal } from "../identity/identity.ts";
import { type Fields, fieldOf, fieldsOf } from "../untrusted.ts";

/** How long API Gateway caches the authorizer's response, even a refusal: `resultTtlInSeconds` in serverless.yml. */
export const RESULT_TTL_SECONDS = 60;

export const SEND_A_KEY = "Send the header Authorization: Bearer <api key>";

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

/** The context of the request, from the authorizer or from somebody who can invoke the function. */
export function contextOf({ requestContext }: APIGatewayProxyEventV2): Fields {
  return fieldsOf(fieldOf(requestContext, "authorizer", "lambda"));
}

/**
 * The problem of a refused caller; undefined if the context contains no refusal. UNAUTHENTICATED, or SERVICE_UNAVAILABLE
 * if the authorizer could not ask the identity provider.
 */
export function refusalOf(context: Fields): Problem | undefined {
  const refusal = refusalIn(context);
  if (refusal === undefined) return undefined;
  if (refusal !== "identity-provider-unreachable") return new Problem("UNAUTHENTICATED", DETAILS[refusal]);
  return new Problem("SERVICE_UNAVAILABLE", "The authorizer could not read the identity provider's keys", {
    retryAfterSeconds: RESULT_TTL_SECONDS,
  });
}

/** The `WWW-Authenticate` of a 401: RFC 6750, section 3 wants no error code if no key or token was sent. */
export function bearerChallenge(event: APIGatewayProxyEventV2): string {
  const context = contextOf(event);
  const refusal = refusalIn(context);
  const isSent = refusal === undefined ? context.mac !== undefined : refusal !== "no-bearer-key";
  return isSent ? 'Bearer error="invalid_token"' : "Bearer";
}

function refusalIn({ refusal }: Fields): Refusal | undefined {
  return REFUSALS.find((known) => known === refusal);
}
