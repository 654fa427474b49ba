/**
 * Lambda authorizer: who is calling, from the API key in the Authorization header. Keys are stored as SHA-256 digests
 * only; they are random and long, so a plain digest does not give them away.
 */
import { createHash } from "node:crypto";
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { getItem } from "../../lib/dynamodb.ts";
import { env } from "../../lib/env.ts";
import type { AuthorizerContext } from "../../lib/transport/principal.ts";

interface Answer {
  readonly isAuthorized: true;
  readonly context: AuthorizerContext;
}

/** Always lets the request through to its Lambda, which refuses it without a principal: see lib/transport/principal.ts. */
export async function handler(event: APIGatewayRequestAuthorizerEventV2): Promise<Answer> {
  const header = event.headers?.authorization ?? event.identitySource?.[0];
  const key = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
  return {
    isAuthorized: true,
    context: key === undefined ? { refusal: "no-bearer-key" } : await principalOf(key),
  };
}

async function principalOf(key: string): Promise<AuthorizerContext> {
  const keyHash = createHash("sha256").update(key).digest("hex");
  const item = await getItem(env("API_KEYS_TABLE"), { keyHash });
  if (typeof item?.principalId !== "string" || !Array.isArray(item.roles)) return { refusal: "unknown-key" };
  if (typeof item.expiresAt === "number" && item.expiresAt * 1000 <= Date.now())
    return { refusal: "expired-key" };
  return { principalId: item.principalId, roles: JSON.stringify(item.roles) };
}
