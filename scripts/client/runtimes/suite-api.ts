/** The API that the suite of the client calls: the first part of a path says how it responds. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { parseJson, textOf } from "../../../lib/untrusted.ts";

export interface SuiteApi {
  readonly url: string;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: object, headers?: Readonly<Record<string, string>>];

const PROBLEM = {
  ...{ code: "VALIDATION_FAILED", detail: "The address is wrong", retryable: false, requestId: "request-1" },
  issues: [{ path: "email", message: "is not an address" }],
};
const RUN = { workflowId: "process-payment", runId: "run-1" };

/** `files`: what else it serves, by path, for a browser. */
export async function startSuiteApi(files: Readonly<Record<string, string>> = {}): Promise<SuiteApi> {
  /** How often each key has been sent. */
  const sent = new Map<string, number>();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "", headers } = request;
    const file = files[url];
    if (file !== undefined) return void response.writeHead(200, { "content-type": typeOf(url) }).end(file);
    const body = await text(request);
    const [, place] = url.split("/");
    const key = textOf(headers["idempotency-key"]) ?? "";
    const attempt = (sent.get(key) ?? 0) + 1;
    sent.set(key, attempt);
    if (headers.authorization !== "Bearer key") return answer(response, [401, {}]);
    switch (place) {
      case "outputs":
        return answer(response, key === "" ? [400, {}] : [200, { customerId: "cus_1" }]);
      case "third-time":
        if (attempt === 1) return answer(response, [503, {}, { "retry-after": "0" }]);
        if (attempt === 2) return void response.destroy();
        return answer(response, [200, { customerId: `cus_${attempt}` }]);
      case "problem":
        return answer(response, [422, PROBLEM]);
      case "redirect":
        return answer(response, [307, {}, { location: "/outputs/api/capabilities/stripe-create-customer" }]);
      case "list": {
        const after = textOf(Object(parseJson(body)).after);
        return answer(response, [
          200,
          after === undefined
            ? { items: [{ priceId: "price_1" }, { priceId: "price_2" }], next: "price_2" }
            : { items: [{ priceId: "price_3" }] },
        ]);
      }
      case "run":
        return request.method === "GET"
          ? answer(response, [200, { ...RUN, status: "completed" }])
          : answer(response, [202, { ...RUN, status: "running" }]);
      case "silence":
        return;
      default:
        return answer(response, [404, {}]);
    }
  }

  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, [status, body, headers = {}]: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const typeOf = (path: string) => (path.endsWith(".js") ? "text/javascript" : "text/html");
