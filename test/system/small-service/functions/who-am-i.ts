import type { APIGatewayProxyEventV2WithLambdaAuthorizer } from "aws-lambda";

export const handler = async (event: APIGatewayProxyEventV2WithLambdaAuthorizer<{ caller: string }>) => {
  if (event.body === "crash") throw new Error("[404] the caller's registry is down");
  return { statusCode: 200, body: event.requestContext.authorizer.lambda.caller };
};
