import { tools } from "../../generated/mcp-tools.ts";
import { policy } from "../../generated/policy.ts";
import { env, optionalEnv } from "../../lib/env.ts";
import { Problem } from "../../lib/errors.ts";
import { offeredTools } from "../../lib/mcp/offered-tools.ts";
import { serveMcp } from "../../lib/mcp/serve-mcp.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import type { HttpHandler } from "../../lib/transport/http.ts";
import { checkOrigin } from "./allowed-origin.ts";

/** Of the time that is left, for the response to the agent: milliseconds. */
const RESERVED_MS = 1_500;

/** Tools for agents: the capabilities and workflows that the caller's roles may use. Each call is passed on to the API. */
const serve = authenticatedRoute({ body: "json" }, (request) => {
  const { body, headers, principal, deadline, now } = request;
  checkOrigin(headers.origin, optionalEnv("CORS_ORIGINS") ?? "");
  return serveMcp(
    { body, headers },
    {
      version: "1",
      tools,
      offered: () => offeredTools(tools, policy, principal, env("STAGE")),
      access: {
        apiUrl: env("API_URL"),
        authorization: headers.authorization ?? "",
        principalId: principal.id,
        patienceMs: Math.max(1, deadline - now().getTime() - RESERVED_MS),
        fetch,
      },
    },
  );
});

/** There is no stream to open and no session to end. */
const refuse = authenticatedRoute({}, async () => {
  const problem = new Problem("METHOD_NOT_ALLOWED", "Send POST: there are neither streams nor sessions");
  return {
    status: problem.status,
    headers: { allow: "POST", "content-type": "application/problem+json" },
    body: problem.toDocument({ instance: "/mcp" }),
  };
});

export const handler: HttpHandler = (event, context) =>
  event.requestContext.http.method === "POST" ? serve(event, context) : refuse(event, context);
