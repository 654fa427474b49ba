/**
 * Lambda authorizer: determines the principal. API Gateway caches its response for a minute, by the Authorization
 * header only, so it must depend on nothing else in the request.
 */
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { identify } from "../../lib/identity/identify.ts";
import { type AuthorizerContext, authorizerContext } from "../../lib/transport/principal.ts";

interface Answer {
  readonly isAuthorized: true;
  readonly context: AuthorizerContext;
}

/**
 * Always lets the request through: without a principal, the route's Lambda refuses it. See lib/transport/principal.ts.
 */
export async function handler(event: APIGatewayRequestAuthorizerEventV2): Promise<Answer> {
  const authorization = event.identitySource?.[0] ?? event.headers?.authorization;
  return { isAuthorized: true, context: authorizerContext(await identify(authorization, new Date())) };
}
