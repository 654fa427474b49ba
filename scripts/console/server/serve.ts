/**
 * The console's HTTP server, on loopback only: the pages, their API and a stream of what happens. A page of another origin
 * cannot call it (local/loopback-guard.ts), and a change needs a header that only the console's own page sends.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Problem } from "../../../lib/errors.ts";
import { parseJson } from "../../../lib/untrusted.ts";
import { keepConnections } from "../../../local/keep-connections.ts";
import { guardLoopback } from "../../../local/loopback-guard.ts";
import { act, CHANGE_HEADER } from "./act.ts";
import { type ConsolePage, pageHeaders } from "./page.ts";
import { explained } from "./refused-by-aws.ts";
import { type ConsoleContext, Content, type Route } from "./route.ts";
import { admits, type Session } from "./session.ts";
import { streamEntries } from "./stream.ts";

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly page: ConsolePage;
  readonly routes: readonly Route[];
  readonly context: ConsoleContext;
  /** Only for who has opened its link. */
  readonly session?: Session;
}

/** A form's largest body; inputs of a run are below 256 KB. */
const MOST_BYTES = 1024 * 1024;

/** Starts it. Throws CONFLICT if the port is taken. */
export async function serveConsole(options: ServeOptions): Promise<ConsoleServer> {
  const server = createServer((request, response) => {
    respond(request, response, options).catch((thrown) => sendProblem(response, explained(thrown)));
  });
  guardLoopback(keepConnections(server)).listen({ port: options.port, host: "127.0.0.1" });
  await once(server, "listening").catch((cause: unknown) => {
    throw new Problem("CONFLICT", whyNotListening(options.port, cause), { cause });
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}/console${options.session === undefined ? "" : `?key=${options.session.key}`}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function whyNotListening(port: number, cause: unknown): string {
  const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
  return isTaken
    ? `The port ${port} is taken, perhaps by the console that \`npm start\` serves: http://127.0.0.1:${port}/console. CONSOLE_PORT chooses another one`
    : `The console cannot listen on port ${port}: ${String(cause)}`;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { page, routes, context, session }: ServeOptions,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const { pathname, searchParams } = url;
  if (session !== undefined && !admits(session, request, response, url)) return;
  if (pathname === "/") {
    response.writeHead(302, { location: "/console" }).end();
    return;
  }
  if (!pathname.startsWith("/console/api/")) return sendFile(response, page, pathname);
  if (pathname === "/console/api/stream") return streamEntries(request, response, searchParams, context);
  for (const route of routes) {
    const parameters = route.method === request.method ? matched(route.path, pathname) : undefined;
    if (parameters === undefined) continue;
    const given = { parameters, query: searchParams };
    if (route.method === "GET")
      return sendJson(response, await route.respond({ ...given, body: undefined }, context));
    if (request.headers[CHANGE_HEADER] === undefined)
      throw new Problem("FORBIDDEN", `A change needs the header ${CHANGE_HEADER}`);
    const asked = { ...given, body: await bodyOf(request) };
    const isAction = "does" in route;
    return sendJson(
      response,
      await (isAction ? act(route, asked, request.headers, context) : route.respond(asked, context)),
    );
  }
  throw new Problem("NOT_FOUND", `The console has no ${request.method} ${pathname}`);
}

/** The parameters of the path; undefined if it is another path. */
function matched(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.split("/");
  const parts = path.split("/");
  if (names.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? "";
    if (name.startsWith(":")) parameters[name.slice(1)] = decoded(part);
    else if (name !== part) return undefined;
  }
  return parameters;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Problem("BAD_REQUEST", `${part} in the path is not percent-encoded UTF-8`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Problem("BAD_REQUEST", "The body is larger than 1 MB");
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const body = parseJson(Buffer.concat(chunks).toString("utf8"));
  if (body === undefined) throw new Problem("BAD_REQUEST", "The body is not JSON");
  return body;
}

function sendFile(response: ServerResponse, page: ConsolePage, path: string): void {
  const file = page.files.get(path);
  // Every view has an address of its own; the page shows the one of its address.
  const { type, body } = file ?? page.document;
  response.writeHead(200, { ...pageHeaders, "content-type": type, "cache-control": "no-store" }).end(body);
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  if (value instanceof Content) {
    response
      .writeHead(status, { ...pageHeaders, "cache-control": "no-store", ...value.headers })
      .end(value.body);
    return;
  }
  response
    .writeHead(status, { ...pageHeaders, "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(value ?? {}));
}

function sendProblem(response: ServerResponse, { status, code, message }: Problem): void {
  if (response.headersSent) response.destroy();
  // The reader is the person who runs the stack: the reason is theirs to see, as in a command's output.
  else sendJson(response, { code, message }, status);
}
