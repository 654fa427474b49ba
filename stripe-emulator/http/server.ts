/** The Stripe emulator's HTTP server. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type ApiResponse, handleApiRequest } from "../api/handle-request.ts";
import { handleControlRequest } from "../control/control-interface.ts";
import { contextFor, createEmulator, type Emulator, type EmulatorOptions } from "../emulator/emulator.ts";
import { openStateFile } from "../emulator/state-file.ts";
import type { ConnectionFault } from "../faults/faults.ts";
import { servePage } from "../pages/serve-page.ts";
import { advanceTestClocks } from "../time/advance-test-clock.ts";
import { catchUp } from "../time/catch-up.ts";
import { foreignRequest, isJson } from "./loopback-only.ts";

const CATCH_UP_MILLISECONDS = 5_000;
const MIB = 1024 * 1024;
const MAX_API_BODY_BYTES = MIB;
/** Tests record events of more than a MiB, or thousands at once. */
const MAX_CONTROL_BODY_BYTES = 8 * MIB;

export interface StripeEmulator {
  port: number;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Writes the state file, then ends all requests and deliveries. */
  close(): Promise<void>;
  /** Changes where events are delivered from now on; with `undefined` only webhook endpoints made through the API get any. */
  setWebhook(url: string | undefined): void;
}

/** Starts an emulator on 127.0.0.1. Rejects when the port is taken or the state file cannot be read. */
export async function startStripeEmulator(options: EmulatorOptions): Promise<StripeEmulator> {
  const emulator = createEmulator(options);
  const stateFile =
    options.stateFile === undefined ? undefined : await openStateFile(emulator, options.stateFile);
  const server = createServer((request, response) => {
    void respond(emulator, request, response);
  });
  // Clients close idle connections. If the server did, it could meet a request that is on its way, above all after it was busy.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : options.port;
  emulator.port = port;
  options.clockFollower?.show(emulator.clock.offsetSeconds);
  emulator.origin = `http://127.0.0.1:${port}`;
  // What becomes due while nobody moves the clock.
  const passing = setInterval(() => catchUp(contextFor(emulator)), CATCH_UP_MILLISECONDS).unref();
  // Those that were being advanced when the emulator was stopped.
  void advanceTestClocks(emulator);
  return {
    port,
    url: emulator.origin,
    setWebhook: (url) => {
      emulator.receivers.url = url;
    },
    close: async () => {
      clearInterval(passing);
      await stateFile?.close();
      emulator.webhooks.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  emulator: Emulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { status, headers, body, fault } = await responseTo(emulator, request);
    if (fault === undefined) response.writeHead(status, headers).end(body);
    else breakResponse(fault, { status, headers, body }, response);
  } catch (error) {
    emulator.log(`error: ${error instanceof Error ? error.stack : String(error)}`);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

/** Breaks the connection as the fault says; the headers have announced the length of the whole body. */
function breakResponse(
  fault: ConnectionFault,
  { status, headers, body: text }: ApiResponse,
  response: ServerResponse,
): void {
  const cut = () => response.socket?.destroy();
  if (fault.kind === "reset_after_commit") {
    cut();
    return;
  }
  const body = Buffer.from(text);
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.write(body.subarray(0, body.length / 2), () => {
    if (fault.kind === "stall") setTimeout(cut, fault.ms).unref();
    else cut();
  });
}

async function responseTo(emulator: Emulator, request: IncomingMessage): Promise<ApiResponse> {
  const method = request.method ?? "GET";
  const refusal = foreignRequest(request.headers, emulator.port);
  if (refusal !== undefined) return plainText(403, refusal);
  const target = request.url ?? "/";
  if (!URL.canParse(target, emulator.origin)) return plainText(400, "The URL of the request is malformed.");
  const url = new URL(target, emulator.origin);
  const isControl = url.pathname.startsWith("/_emulator/");
  const limit = isControl ? MAX_CONTROL_BODY_BYTES : MAX_API_BODY_BYTES;
  const body = await readBody(request, limit);
  if (body === undefined) return plainText(413, `The request body is larger than ${limit / MIB} MiB.`);
  if (/^\/v[12]\//.test(url.pathname)) {
    const headers = singleHeaders(request);
    const query = url.search.slice(1);
    return handleApiRequest(emulator, { method, path: url.pathname, query, headers, body });
  }
  const page = servePage(emulator, method, url, body);
  if (page !== undefined) return page;
  if (isControl) {
    const type = request.headers["content-type"];
    if ((body !== "" || type !== undefined) && !isJson(type)) {
      return plainText(
        415,
        "The control interface takes JSON: send the header Content-Type: application/json.",
      );
    }
    return handleControlRequest(emulator, method, url, body);
  }
  return plainText(
    404,
    `Nothing is served at ${url.pathname}. The API is under /v1/, the control interface under /_emulator/.`,
  );
}

function singleHeaders(request: IncomingMessage): Record<string, string | undefined> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : value]),
  );
}

/** Undefined when the body is larger than `limit` bytes. */
async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function plainText(status: number, body: string): ApiResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
