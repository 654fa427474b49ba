/**
 * API Gateway's HTTP API in front of serverless-offline, which is more generous: it ignores a slash at the end of a path,
 * serves HEAD and OPTIONS for every GET, and allows every origin. Here as there, only a declared route reaches a function,
 * and only the configured origins get CORS headers.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { fieldOf, fieldsOf, isRecord, textOf, textsOf } from "../lib/untrusted.ts";
import type { Serverless } from "./service.ts";

export interface HttpApi {
  readonly routes: readonly Route[];
  /** Undefined if no origin may call the API from a browser. */
  readonly cors?: Cors;
}

interface Route {
  readonly method: string;
  /** As it is declared: `/pay/{token}`. */
  readonly path: string;
}

/** `provider.httpApi.cors` of serverless.yml. */
interface Cors {
  readonly allowedOrigins: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly exposedResponseHeaders: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

/** The body of API Gateway's own response to a request that no route matches. */
export const NOT_FOUND = { message: "Not Found" };

/** The HTTP API that the service declares. */
export function httpApiOf({ service }: Pick<Serverless, "service">): HttpApi {
  const routes = Object.values(service.functions).flatMap(({ events = [] }) => events.flatMap(routeIn));
  const cors = fieldOf(service.provider, "httpApi", "cors");
  return { routes, ...(isRecord(cors) ? { cors: corsIn(cors) } : {}) };
}

/** `GET /api/health`, as serverless.yml declares it or as serverless-offline rewrites it when it starts. */
function routeIn(event: unknown): Route[] {
  const declared = fieldOf(event, "httpApi");
  const { routeKey, method, path } = fieldsOf(declared);
  const key = textOf(declared) ?? textOf(routeKey) ?? `${textOf(method) ?? ""} ${textOf(path) ?? ""}`;
  const [, verb, rest] = /^(\w+) (\/.*)$/.exec(key) ?? [];
  return verb === undefined || rest === undefined ? [] : [{ method: verb.toUpperCase(), path: rest }];
}

function corsIn(cors: Readonly<Record<string, unknown>>): Cors {
  const texts = (name: string) => (Array.isArray(cors[name]) ? textsOf(cors[name]) : []);
  return {
    allowedOrigins: texts("allowedOrigins"),
    allowedHeaders: texts("allowedHeaders"),
    allowedMethods: texts("allowedMethods"),
    exposedResponseHeaders: texts("exposedResponseHeaders"),
    maxAge: Number(cors.maxAge ?? 0),
  };
}

/** Puts `api` in front of the handlers of `server`. */
export function serveAsApiGateway(server: Server, api: HttpApi): Server {
  const handlers = server.listeners("request").filter(isRequestListener);
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (request.method === "OPTIONS" && api.cors !== undefined) return preflight(request, response, api.cors);
    if (!isRoute(request, api.routes)) return notFound(response);
    replaceCorsHeaders(request, response, api.cors);
    for (const handler of handlers) handler.call(server, request, response);
  });
  return server;
}

/** Whether a route has exactly this method and path. A parameter stands for one part of a path, which is not empty. */
function isRoute({ method, url = "" }: IncomingMessage, routes: readonly Route[]): boolean {
  const parts = pathOf(url).split("/");
  return routes.some((route) => {
    const declared = route.path.split("/");
    return (
      route.method === method &&
      declared.length === parts.length &&
      declared.every((part, index) => part === parts[index] || (/^\{.+\}$/.test(part) && parts[index] !== ""))
    );
  });
}

const pathOf = (url: string) => url.split(/[?#]/)[0] ?? "";

function notFound(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify(NOT_FOUND));
}

/** API Gateway responds to every OPTIONS request with 204, and says more to an allowed origin only. */
function preflight({ headers }: IncomingMessage, response: ServerResponse, cors: Cors): void {
  const isAllowed =
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined &&
    cors.allowedOrigins.includes(headers.origin);
  response
    .writeHead(204, {
      ...(isAllowed
        ? {
            "access-control-allow-origin": headers.origin,
            "access-control-allow-methods": cors.allowedMethods.join(","),
            "access-control-allow-headers": cors.allowedHeaders.join(","),
            "access-control-max-age": String(cors.maxAge),
          }
        : {}),
    })
    .end();
}

/** Keeps the CORS headers of serverless-offline, which allows every origin, out of the response, and sets ours. */
function replaceCorsHeaders(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  cors: Cors | undefined,
): void {
  const setHeader = response.setHeader.bind(response);
  if (origin !== undefined && cors?.allowedOrigins.includes(origin)) {
    setHeader("access-control-allow-origin", origin);
    setHeader("access-control-expose-headers", cors.exposedResponseHeaders.join(","));
  }
  response.setHeader = (name, value) =>
    name.toLowerCase().startsWith("access-control-") ? response : setHeader(name, value);
}

function isRequestListener(listener: unknown): listener is RequestListener {
  return typeof listener === "function";
}
