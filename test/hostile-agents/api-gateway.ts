/** API Gateway of a simulated world: finds the function of a path, and says who calls by the Authorization header. */
import { type Fields, fieldOf, fieldsOf, parseJson, textOf } from "../../lib/untrusted.ts";
import { httpEvent } from "../interleavings/actors/api.ts";
import { APP_SECRET } from "../interleavings/world/environment-variables.ts";
import type { FetchedResponse } from "../interleavings/world/realm.ts";
import type { World } from "../interleavings/world/world.ts";
import { signedContext } from "../steps/signed-context.ts";

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A request to a capability, and what became of it. */
export interface Recorded {
  /** Lambda's id of the invocation. */
  readonly requestId: string;
  readonly capability: string;
  readonly principal: string;
  /** Undefined if the function crashed. */
  readonly response: Response | undefined;
}

const CAPABILITY_TIMEOUT_MS = 25_000;
const MCP_TIMEOUT_MS = 29_000;
/** How long the function of the tools waits for the API, in milliseconds. */
const PATIENCE_MS = 27_000;
const CRASHED: Response = { status: 502, headers: {}, text: '{"message":"Internal Server Error"}' };

function functionOf(path: string): string {
  if (path === "/mcp") return "mcp";
  return path.startsWith("/api/approvals/") ? "decide-approval" : (path.split("/").at(-1) ?? "");
}

export const credentialOf = (principal: string) => `Bearer key-of-${principal}`;

export class ApiGateway {
  readonly recorded: Recorded[] = [];
  readonly #world: World;
  readonly #rolesOf: (principal: string) => readonly string[];

  /** From now on, the API responds to the functions of the world, too. */
  constructor(world: World, rolesOf: (principal: string) => readonly string[]) {
    this.#world = world;
    this.#rolesOf = rolesOf;
    world.onFetch = (sender, url, { method = "GET", headers, body }) =>
      world.network
        .send(sender, {
          name: `api ${method} ${new URL(url).pathname}`,
          service: "api",
          patienceMs: PATIENCE_MS,
          effect: () =>
            this.respond({
              method,
              path: new URL(url).pathname,
              headers: Object.fromEntries(new Headers(headers)),
              body: String(body ?? ""),
            }),
          describe: ({ status }) => String(status),
        })
        .then(fetched);
  }

  async respond(request: Request): Promise<Response> {
    const { path, headers } = request;
    const functionName = functionOf(path);
    const principal = /^Bearer key-of-([\w-]+)$/.exec(headers.authorization ?? "")?.[1] ?? "nobody";
    const { requestId, ...outcome } = await this.#world.lambda.invoke(
      functionName,
      this.#eventOf(request, principal),
      functionName === "mcp" ? MCP_TIMEOUT_MS : CAPABILITY_TIMEOUT_MS,
    );
    const response = outcome.kind === "response" ? responseIn(outcome.value) : undefined;
    if (path.startsWith("/api/capabilities/"))
      this.recorded.push({ requestId, capability: functionName, principal, response });
    return response ?? CRASHED;
  }

  #eventOf({ method, path, headers, body }: Request, principalId: string): object {
    const expiresAt = String(Math.floor(this.#world.schedule.now / 1000) + 3_600);
    const context = { principalId, roles: JSON.stringify(this.#rolesOf(principalId)), expiresAt };
    const lambda = signedContext(context, headers.authorization, APP_SECRET);
    const http = { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "simulated" };
    const [, approvalId] = /^\/api\/approvals\/(\w+)\//.exec(path) ?? [];
    return {
      ...httpEvent(path, headers, body, { http, authorizer: { lambda } }),
      ...(approvalId === undefined ? {} : { pathParameters: { approvalId } }),
    };
  }
}

function responseIn(value: unknown): Response {
  const { statusCode, headers, body } = fieldsOf(value);
  const texts = Object.entries(fieldsOf(headers)).map(([name, text]) => [name, String(text)]);
  return { status: Number(statusCode), headers: Object.fromEntries(texts), text: textOf(body) ?? "" };
}

function fetched({ status, headers, text }: Response): FetchedResponse {
  return { status, headers: new Headers(headers), text: async () => text };
}

/** Whether nobody needs to ask again: what it says is so. */
export function isFinal({ status, text }: Response): boolean {
  const body: Fields = fieldsOf(parseJson(text));
  return status < 500 && body.retryable !== true && !/in progress/.test(String(fieldOf(body, "detail")));
}
