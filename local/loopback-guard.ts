/**
 * Every server of the local stack listens on loopback only, but a web page that a developer visits can call it through
 * the developer's browser, also under a name of its own that resolves to 127.0.0.1 (DNS rebinding). So each
 * server refuses a request that is addressed to another host, or that a browser sends for a page of another origin.
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

export interface GuardOptions {
  /** Further hosts, such as `pay.example.com`, under which the server is reached: through a tunnel, for example. */
  readonly hosts?: readonly string[];
  /** Origins, such as `https://shop.example.com`, whose pages may call the server; `*` stands for all. */
  readonly origins?: readonly string[];
  /** Names (lower case) of headers that a request must not bring along. */
  readonly ignoredHeaders?: readonly string[];
}

/** A request with `Expect: 100-continue` is another event than any other request, if a server listens to it. */
const REQUEST_EVENTS = ["request", "checkContinue", "checkExpectation"];

/** Puts the guard in front of the handlers of `server`. */
export function guardLoopback(server: Server, options: GuardOptions = {}): Server {
  for (const event of REQUEST_EVENTS) {
    const handlers = server.listeners(event).filter(isRequestListener);
    if (handlers.length === 0) continue;
    server.removeAllListeners(event);
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      const refusal = refusalOf(request, portOf(server), options);
      if (refusal === undefined) {
        for (const name of options.ignoredHeaders ?? []) dropHeader(request, name);
        for (const handler of handlers) handler.call(server, request, response);
      } else {
        response.writeHead(403, { "content-type": "application/json", connection: "close" });
        response.end(JSON.stringify({ message: refusal }));
      }
    });
  }
  return server;
}

/** Why the request is refused; undefined if it may pass. */
function refusalOf(
  { headers }: IncomingMessage,
  port: number,
  { hosts = [], origins = [] }: GuardOptions,
): string | undefined {
  const own = ["127.0.0.1", "localhost", "[::1]"].map((name) => (port === 80 ? name : `${name}:${port}`));
  const accepted = [...own, ...hosts];
  const host = headers.host?.toLowerCase();
  if (host === undefined || !accepted.includes(host)) {
    return `The local stack accepts requests for the host ${accepted.join(", ")} only.`;
  }
  const { origin } = headers;
  const isSame = origin === `http://${host}` || (hosts.includes(host) && origin === `https://${host}`);
  if (origin === undefined || isSame || origins.includes("*") || origins.includes(origin)) return undefined;
  return "A page of another origin must not call the local stack. CORS_ORIGINS lists the origins that may call its API.";
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function dropHeader(request: IncomingMessage, name: string): void {
  const { rawHeaders } = request;
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (rawHeaders[index]?.toLowerCase() === name) rawHeaders.splice(index, 2);
  }
  delete request.headers[name];
}

function isRequestListener(listener: unknown): listener is RequestListener {
  return typeof listener === "function";
}
