/**
 * The principal as the authorizer passes it on. The authorizer lets an unknown key through with a `refusal` instead of a
 * principal, because HTTP API's own 401 and 403 say nothing useful; it is turned into a problem here, before any handler.
 */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Principal } from "../capability/capability.ts";
import { Problem } from "../errors.ts";

/** What functions/authorizer answers as its context; API Gateway hands it on as `requestContext.authorizer.lambda`. */
export interface AuthorizerContext {
  readonly principalId?: string;
  /** JSON array of role names. */
  readonly roles?: string;
  readonly refusal?: "no-bearer-key" | "unknown-key" | "expired-key";
}

const REFUSALS: Readonly<Record<string, string>> = {
  "no-bearer-key": "Send the header Authorization: Bearer <api key>",
  "unknown-key": "The API key in the Authorization header is not known or was revoked",
  "expired-key": "The API key in the Authorization header has expired",
};

/** The caller. Throws UNAUTHENTICATED, saying what is missing, when the authorizer named none. */
export function authenticatedPrincipal(event: APIGatewayProxyEventV2): Principal {
  const context = authorizerContext(event);
  const { principalId, roles } = context;
  if (typeof principalId !== "string" || typeof roles !== "string") {
    throw new Problem(
      "UNAUTHENTICATED",
      REFUSALS[String(context.refusal)] ?? "Send the header Authorization: Bearer <api key>",
    );
  }
  const names: unknown = JSON.parse(roles);
  return {
    id: principalId,
    roles: Array.isArray(names) ? names.filter((name) => typeof name === "string") : [],
  };
}

function authorizerContext(event: APIGatewayProxyEventV2): Record<string, unknown> {
  const authorizer: unknown = Reflect.get(event.requestContext, "authorizer");
  if (typeof authorizer !== "object" || authorizer === null || !("lambda" in authorizer)) return {};
  const context = authorizer.lambda;
  return typeof context === "object" && context !== null ? Object.fromEntries(Object.entries(context)) : {};
}
