/**
 * The HTTP transport: API Gateway's HTTP API (payload 2.0) in, problem+json out. A route is either for authenticated
 * callers (authenticated-route.ts) or explicitly open; there is no other kind.
 */

import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { CallContext } from "../call-context.ts";
import { shownName } from "../contract/input-shape.ts";
import { asProblem, type Problem } from "../errors.ts";
import { isLogged, logCall } from "../log.ts";
import { present } from "../present.ts";
import { startUp } from "../start-up.ts";
import { parseJsonBody } from "./json-body.ts";
import { lambdaCall } from "./lambda-call.ts";
import { bearerChallenge } from "./refusals.ts";

export interface Route {
  /** `json`: the body is parsed and must be JSON of at most 256 KB. By default, only its raw bytes are available. */
  readonly body?: "json";
  /**
   * Everything that the handler waits for has a time limit of its own, below the function's timeout. By default, a timer
   * ends a call shortly before Lambda would cut it off.
   */
  readonly limitsItself?: true;
}

/** `requestId` is Lambda's own, which CloudWatch's log lines carry too; at the `deadline` the Lambda is cut off. */
export interface HttpRequest extends CallContext {
  readonly method: string;
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names are lowercase, as the HTTP API sends them. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed JSON of a `json` route; undefined otherwise. */
  readonly body: unknown;
  /** The body's bytes, decoded from base64 if necessary. */
  readonly rawBody: Buffer;
  /** The source address of the request, as API Gateway saw it. */
  readonly ipAddress: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; a string unchanged, with the content type in `headers`. */
  readonly body: string | object;
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** A handler that anybody can call. */
export function openRoute(
  route: Route,
  respond: (request: HttpRequest) => Promise<HttpResponse>,
): HttpHandler {
  return httpHandler(route, respond);
}

/** For `openRoute` and `authenticatedRoute` only: `respond` must decide who may call. */
export function httpHandler(
  route: Route,
  respond: (request: HttpRequest, event: APIGatewayProxyEventV2) => Promise<HttpResponse>,
): HttpHandler {
  startUp();
  const early = route.limitsItself ? { timeoutEarlyInMillis: 0 } : {};
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(early)
    .use({
      onError: (request) => {
        const { event, error, context } = request;
        request.response = problemResponse(asProblem(error), event, context.awsRequestId);
      },
    })
    .handler(async (event, context) => {
      const request = readRequest(event, context, route);
      return response(await respond(request, event), request.requestId);
    });
}

function readRequest(event: APIGatewayProxyEventV2, context: Context, route: Route): HttpRequest {
  const rawBody = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  const headers = withLowercaseNames(event.headers);
  return {
    method: event.requestContext.http.method,
    path: event.requestContext.http.path,
    pathParameters: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    headers,
    body: route.body === "json" ? parseJsonBody(rawBody, headers) : undefined,
    rawBody,
    ipAddress: event.requestContext.http.sourceIp,
    ...lambdaCall(context),
  };
}

/** The HTTP API sends them so; somebody who invokes the function may not. */
function withLowercaseNames(headers: APIGatewayProxyEventV2["headers"]): HttpRequest["headers"] {
  if (Object.keys(headers).every((name) => name === name.toLowerCase())) return headers;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function response(answer: HttpResponse, requestId: string): APIGatewayProxyStructuredResultV2 {
  const json = typeof answer.body !== "string";
  return {
    statusCode: answer.status,
    headers: {
      ...(json ? { "content-type": "application/json", "cache-control": "no-store" } : {}),
      ...answer.headers,
      "x-request-id": requestId,
    },
    body: typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body),
  };
}

function problemResponse(
  problem: Problem,
  event: APIGatewayProxyEventV2,
  requestId: string,
): APIGatewayProxyStructuredResultV2 {
  const { http } = event.requestContext;
  if (!isLogged(problem)) {
    logCall({ event: "http.refused", requestId, routeKey: event.routeKey, outcome: "rejected" }, problem);
  }
  return {
    statusCode: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": requestId,
      ...(problem.status === 401 ? { "www-authenticate": bearerChallenge(event) } : {}),
      ...(problem.replayed ? { "idempotency-replayed": "true" } : {}),
      ...present({ "retry-after": problem.retryAfterSeconds?.toString() }),
    },
    body: JSON.stringify(problem.toDocument({ instance: shownPath(http.path), requestId })),
  };
}

/**
 * The path without free text from the caller, only with ids: it is part of the problem, and is copied wherever that
 * goes.
 */
function shownPath(path: string): string {
  return path.split("/").map(shownSegment).join("/");
}

function shownSegment(segment: string): string {
  try {
    const text = decodeURIComponent(segment);
    const shown = shownName(text);
    return shown === text ? segment : encodeURIComponent(shown);
  } catch {
    return encodeURIComponent(shownName(segment));
  }
}
