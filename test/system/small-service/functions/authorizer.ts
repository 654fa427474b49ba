import { setTimeout } from "node:timers/promises";
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";

/** The bearer's text is the caller's name; a caller can ask for a failure. */
export const handler = async ({ identitySource }: APIGatewayRequestAuthorizerEventV2) => {
  const caller = identitySource?.[0]?.replace("Bearer ", "");
  if (caller === "crash") throw new Error("the key store is down");
  await setTimeout(1);
  return { isAuthorized: caller !== "stranger", context: { caller } };
};
