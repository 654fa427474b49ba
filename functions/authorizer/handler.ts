/**
 * Lambda authorizer: determines the principal. API Gateway caches its response for a minute, by the Authorization
 * header only, so it must depend on nothing else in the request.
 */
import type { APIGatewayRequestAuthorizerEventV2, Context } from "aws-lambda";
import { identify } from "../../lib/identity/identify.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { startUp } from "../../lib/start-up.ts";
import { type AuthorizerContext, authorizerContext } from "../../lib/transport/authorizer-context.ts";
import { lambdaCall } from "../../lib/transport/lambda-call.ts";

interface Answer {
  readonly isAuthorized: true;
  readonly context: AuthorizerContext;
}

startUp();

/**
 * Always lets the request through: without a principal, the route's Lambda refuses it. See lib/transport/principal.ts.
 */
export async function handler(event: APIGatewayRequestAuthorizerEventV2, context: Context): Promise<Answer> {
  const authorization = event.identitySource?.[0] ?? event.headers?.authorization;
  const now = lambdaCall(context).now();
  const identity = await identify(authorization, now);
  const secrets = identity.ok ? await appSecrets() : [];
  return {
    isAuthorized: true,
    context: authorizerContext(identity, { authorization, appSecrets: secrets, now }),
  };
}
