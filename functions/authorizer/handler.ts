/**
 * Lambda authorizer: who is calling. API Gateway keeps its answer for a minute, by the Authorization header alone, so it
 * must depend on nothing else of the request.
 */
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { identify } from "../../lib/identity/identify.ts";
import { type AuthorizerContext, authorizerContext } from "../../lib/transport/principal.ts";

interface Answer {
  readonly isAuthorized: true;
  readonly context: AuthorizerContext;
}

/** Always lets the request through to its Lambda, which refuses it without a principal: see lib/transport/principal.ts. */
export async function handler(event: APIGatewayRequestAuthorizerEventV2): Promise<Answer> {
  const authorization = event.identitySource?.[0] ?? event.headers?.authorization;
  return { isAuthorized: true, context: authorizerContext(await identify(authorization, new Date())) };
}
