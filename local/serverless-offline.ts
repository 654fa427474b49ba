/**
 * serverless-offline serves the HTTP API; its own execution of functions is replaced by the runtime of local/lambda/.
 * Its own starts a thread for every concurrent call, so that a hundred calls time each other out, and it turns every
 * fault of the authorizer into a 401.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import Lambda, { type OfflineFunction } from "serverless-offline/lambda";
import { fieldOf, fieldsOf, textsOf } from "../lib/untrusted.ts";
import { httpApiOf, serveAsApiGateway } from "./api-gateway.ts";
import { keepConnections } from "./keep-connections.ts";
import type { Invocation } from "./lambda/invocation.ts";
import { type LambdaRuntime, RequestTooLargeException } from "./lambda/runtime.ts";
import { guardLoopback } from "./loopback-guard.ts";
import { functionName, type Serverless } from "./service.ts";

/** API Gateway's response when a function or the authorizer fails. */
const INTERNAL_SERVER_ERROR = {
  statusCode: 500,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message: "Internal Server Error" }),
};

/** API Gateway's response to a request from which it cannot make an event that Lambda accepts. */
const REQUEST_TOO_LONG = {
  statusCode: 413,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message: "Request Too Long" }),
};

/**
 * The context of a call whose authorizer failed. serverless-offline would respond with 401 itself, so the call goes on,
 * and is ended with API Gateway's 500 in place of its function. Recognized by identity: no request can contain it.
 */
const FAILED_AUTHORIZATION = Object.freeze({});

/** Makes serverless-offline, when it starts in this process, run its functions in `runtime`. */
export function runFunctionsIn(runtime: LambdaRuntime, serverless: Serverless): void {
  const authorizers = authorizerKeys(serverless);
  Lambda.prototype.get = (functionKey) => {
    const invoke = (event: unknown) => runtime.invoke(functionName(serverless, functionKey), event);
    return authorizers.has(functionKey)
      ? oneInvocation(async (event) => authorization(await invoke(event)))
      : oneInvocation(async (event) =>
          isUnauthorized(event) ? INTERNAL_SERVER_ERROR : responseTo(() => invoke(event)),
        );
  };
  // The stack has a Lambda API of its own: local/lambda/invoke-api.ts.
  Lambda.prototype.start = () => {};
  Lambda.prototype.stop = () => {};
  // Called when a file has changed and when serverless-offline ends.
  Lambda.prototype.cleanup = () => runtime.renew();
}

/**
 * Makes the HTTP API, which serverless-offline has started, as strict as API Gateway, guards it against web pages, and
 * prints a line for each request. With the header that is dropped, serverless-offline would take the caller's own
 * statement of who the caller is.
 */
export function guardApi(
  serverless: Serverless,
  guard: { hosts: readonly string[]; origins: readonly string[] },
  log: (line: string) => void,
): void {
  const offline = serverless.pluginManager.plugins.find(isServerlessOffline);
  if (offline === undefined) throw new Error("serverless-offline is not among the plugins of serverless.yml");
  const { listener } = offline.internals().getApiGatewayServer();
  // Without it, Node itself responds to `Expect: 100-continue`, and such a request is like any other.
  listener.removeAllListeners("checkContinue");
  guardLoopback(serveAsApiGateway(keepConnections(listener), httpApiOf(serverless)), {
    ...guard,
    ignoredHeaders: ["sls-offline-authorizer-override"],
  });
  listener.prependListener("request", (request, response) => {
    const startedAt = performance.now();
    response.once("close", () => log(requestLine(request, response, performance.now() - startedAt)));
  });
}

/** As the functions log: one JSON document. */
function requestLine(request: IncomingMessage, response: ServerResponse, durationMs: number): string {
  const requestId = response.getHeader("x-request-id");
  return JSON.stringify({
    level: "info",
    timestamp: new Date().toISOString(),
    event: "http.request",
    method: request.method,
    path: printablePath(request.url ?? "/"),
    status: response.statusCode,
    durationMs: Math.round(durationMs),
    ...(typeof requestId === "string" ? { requestId } : {}),
  });
}

/** The path without its query, without the token of a payment link, and without parts that are more than a name or an id. */
function printablePath(url: string): string {
  const [path = "/"] = url.split("?");
  return path
    .replace(/^\/pay\/(?!assets\/)[^/]+/, "/pay/...")
    .split("/")
    .map((part) => (/^[\w.-]*$/.test(part) ? part : "..."))
    .join("/");
}

interface ServerlessOffline {
  internals(): { getApiGatewayServer(): { readonly listener: Server } };
}

function isServerlessOffline(plugin: object): plugin is ServerlessOffline {
  return "internals" in plugin && typeof plugin.internals === "function";
}

function oneInvocation(run: (event: unknown) => Promise<unknown>): OfflineFunction {
  let event: unknown;
  return {
    setEvent: (given) => {
      event = given;
    },
    setClientContext: () => {},
    runHandler: () => run(event),
  };
}

function authorization(invocation: Invocation): unknown {
  return invocation.outcome === "answered"
    ? invocation.payload
    : { isAuthorized: true, context: FAILED_AUTHORIZATION };
}

function isUnauthorized(event: unknown): boolean {
  return fieldOf(event, "requestContext", "authorizer", "lambda") === FAILED_AUTHORIZATION;
}

async function responseTo(invoke: () => Promise<Invocation>): Promise<unknown> {
  try {
    return response(await invoke());
  } catch (thrown) {
    if (thrown instanceof RequestTooLargeException) return REQUEST_TOO_LONG;
    throw thrown;
  }
}

function response(invocation: Invocation): unknown {
  return invocation.outcome === "answered" && invocation.payload !== null
    ? invocation.payload
    : INTERNAL_SERVER_ERROR;
}

/** The keys of the functions that authorize calls of the HTTP API. */
function authorizerKeys({ service }: Serverless): ReadonlySet<string> {
  const authorizers = fieldsOf(fieldOf(service.provider, "httpApi", "authorizers"));
  return new Set(
    textsOf(Object.values(authorizers).map((authorizer) => fieldOf(authorizer, "functionName"))),
  );
}
