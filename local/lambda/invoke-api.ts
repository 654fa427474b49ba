/**
 * Lambda's Invoke API for the functions of the stack: for the AWS CLI, the SDK and tests. `POST /_functions/renew` is no action of
 * Lambda: every function starts again with its next invocation, as after a deployment.
 */
import { createServer, type IncomingMessage } from "node:http";
import { parseJson } from "../../lib/untrusted.ts";
import type { Emulator } from "../emulator-thread.ts";
import { keepConnections } from "../keep-connections.ts";
import { guardLoopback } from "../loopback-guard.ts";
import { MAX_PAYLOAD_BYTES, ResourceNotFoundException } from "./invocation.ts";
import type { LambdaRuntime } from "./runtime.ts";

interface ApiResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const RENEW_PATH = "/_functions/renew";
const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations(?:\?.*)?$/;

/** Starts the API on loopback. A port of 0 lets the system choose. */
export async function startInvokeApi(options: {
  readonly port: number;
  readonly runtime: LambdaRuntime;
}): Promise<Emulator> {
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await answer(options.runtime, request).catch(refusal);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });
  guardLoopback(keepConnections(server)).unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port, host: "127.0.0.1" }, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(runtime: LambdaRuntime, request: IncomingMessage): Promise<ApiResponse> {
  if (request.method === "POST" && request.url === RENEW_PATH) {
    runtime.renew();
    return { status: 200, body: "{}" };
  }
  const functionName = functionNameIn(PATH.exec(request.url ?? "")?.[1]);
  if (functionName === undefined || request.method !== "POST") {
    return error(
      404,
      "UnknownOperationException",
      "This API has one action: POST /2015-03-31/functions/<name>/invocations",
    );
  }
  const text = await bodyOf(request);
  if (text === undefined) {
    return error(413, "RequestTooLargeException", `The payload has more than ${MAX_PAYLOAD_BYTES} bytes`);
  }
  const payload = text === "" ? {} : parseJson(text);
  if (payload === undefined) {
    return error(400, "InvalidRequestContentException", "Could not parse request body into json");
  }
  if (!runtime.has(functionName)) throw new ResourceNotFoundException(functionName);
  if (request.headers["x-amz-invocation-type"] === "DryRun") return { status: 204, body: "" };
  const invoking = runtime.invoke(functionName, payload);
  if (request.headers["x-amz-invocation-type"] === "Event") return { status: 202, body: "" };
  const invocation = await invoking;
  return invocation.outcome === "answered"
    ? { status: 200, body: JSON.stringify(invocation.payload) }
    : { status: 200, headers: { "x-amz-function-error": "Unhandled" }, body: invocation.document };
}

/** The name in the path: a bare name, or a function's ARN with or without a version. */
function functionNameIn(segment: string | undefined): string | undefined {
  if (segment === undefined) return undefined;
  try {
    const text = decodeURIComponent(segment);
    return /:function:([^:]+)/.exec(text)?.[1] ?? text;
  } catch {
    return undefined;
  }
}

/** Undefined when the body is larger than Lambda accepts. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_PAYLOAD_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function refusal(thrown: unknown): ApiResponse {
  if (thrown instanceof ResourceNotFoundException) return error(404, thrown.name, thrown.message);
  return error(500, "ServiceException", String(thrown));
}

function error(status: number, type: string, message: string): ApiResponse {
  return {
    status,
    headers: { "x-amzn-errortype": type },
    body: JSON.stringify({ Type: "User", Message: message }),
  };
}
