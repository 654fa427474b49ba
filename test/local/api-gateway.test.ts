/** The HTTP API of the local stack is as strict as API Gateway's. */
import { createServer, request, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type HttpApi, httpApiOf, serveAsApiGateway } from "../../local/api-gateway.ts";
import { corsFor } from "../../resources/cors.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { contracts } from "../steps/shipped-project.ts";

const ORIGIN = "https://adas-shop.com";
const DEFINITIONS = functionDefinitions(contracts);

/** What the framework has loaded from serverless.yml, as far as the HTTP API is concerned. */
function service(origins: string) {
  return {
    serviceDir: ".",
    processedInput: { commands: ["offline"] },
    pluginManager: { plugins: [] },
    service: {
      service: "shop",
      provider: { stage: "dev", httpApi: { cors: corsFor(origins) } },
      functions: Object.fromEntries(
        DEFINITIONS.map(({ name, configuration: { events } }) => [name, { events }]),
      ),
    },
  };
}

/** As generous as serverless-offline: it serves everything, and allows every origin. */
async function served(api: HttpApi): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("vary", "origin");
    response.writeHead(200, { "content-type": "text/plain" }).end("function");
  });
  serveAsApiGateway(server, api);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}
function ask(server: Server, method: string, path: string, headers = {}): Promise<Answer> {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, method, path, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: Buffer.concat(chunks).toString(),
      });
    })
      .once("error", reject)
      .end();
  });
}
const corsOf = ({ headers }: Answer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));

let closed: Server;
let open: Server;
const { routes } = httpApiOf(service(""));
beforeAll(async () => {
  closed = await served(httpApiOf(service("")));
  open = await served(httpApiOf(service(ORIGIN)));
});
afterAll(() => {
  for (const server of [closed, open]) server.close();
});

const segment = fc.stringMatching(/^[A-Za-z0-9._~%-]{1,12}$/).filter((text) => !/^\.+$/.test(text));
const filled = (path: string, value: string) => path.replaceAll(/\{\w+\}/g, value);
const route = fc.constantFrom(...routes);

describe("given the events of functions", () => {
  it("routes are found as serverless.yml declares them, and as serverless-offline rewrites them", () => {
    const loaded = service("");
    const events = [
      { httpApi: { method: "post", path: "/a" } },
      { httpApi: "GET /b/{c}" },
      { httpApi: { routeKey: "PUT /d", isHttpApi: true } },
      { sqs: { arn: "queue" } },
      { schedule: "rate(1 hour)" },
    ];
    const { routes } = httpApiOf({
      ...loaded,
      service: { ...loaded.service, functions: { one: { events } } },
    });
    expect(routes).toEqual([
      { method: "POST", path: "/a" },
      { method: "GET", path: "/b/{c}" },
      { method: "PUT", path: "/d" },
    ]);
  });
});

describe("given a request to a declared route", () => {
  it("its function is called, with any value for its parameters and any query", async () => {
    expect(routes.length).toBeGreaterThan(8);
    await fc.assert(
      fc.asyncProperty(route, segment, fc.boolean(), async ({ method, path }, value, hasQuery) => {
        const answer = await ask(closed, method, `${filled(path, value)}${hasQuery ? "?a=/b/" : ""}`);
        expect(answer).toMatchObject({ status: 200, text: "function" });
      }),
    );
  });
});

describe("given a request that no route has", () => {
  const NOT_FOUND = '{"message":"Not Found"}';

  it("any other method, HEAD and OPTIONS included, gets API Gateway's 404", async () => {
    const methods = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS");
    await fc.assert(
      fc.asyncProperty(route, methods, async ({ path }, method) => {
        const isDeclared = routes.some((known) => known.path === path && known.method === method);
        fc.pre(!isDeclared);
        const answer = await ask(closed, method, filled(path, "x"), { origin: ORIGIN });
        expect(answer.status).toBe(404);
        expect(answer.headers["content-type"]).toBe("application/json");
        expect(answer.text).toBe(method === "HEAD" ? "" : NOT_FOUND);
        expect(corsOf(answer)).toEqual({});
      }),
    );
  });

  it("a slash at the end, more parts, a missing part and another case get it, too", async () => {
    const changes = fc.constantFrom(
      (path: string) => `${path}/`,
      // A single part could be a parameter: GET /runs/{runId} is a route.
      (path: string) => `${path}/more/parts`,
      (path: string) => `/${path}`,
      (path: string) => path.slice(0, path.indexOf("/", 1)),
      (path: string) => path.toUpperCase(),
      (path: string) => path.replace(/[^/]+$/, ""),
    );
    await fc.assert(
      fc.asyncProperty(route, changes, async ({ method, path }, change) => {
        expect(await ask(closed, method, change(filled(path, "x")))).toMatchObject({
          status: 404,
          text: NOT_FOUND,
        });
      }),
    );
  });
});

describe("given origins that may call the API from a browser", () => {
  const PREFLIGHT = { origin: ORIGIN, "access-control-request-method": "POST" };

  it("OPTIONS of any path is a preflight, and allows the methods and headers of the API to these origins only", async () => {
    for (const path of ["/api/capabilities/send-email", "/nothing"]) {
      const allowed = await ask(open, "OPTIONS", path, PREFLIGHT);
      expect({ status: allowed.status, text: allowed.text, cors: corsOf(allowed) }).toEqual({
        status: 204,
        text: "",
        cors: {
          "access-control-allow-origin": ORIGIN,
          "access-control-allow-methods": "GET,POST",
          "access-control-allow-headers": "authorization,content-type,idempotency-key",
          "access-control-max-age": "600",
        },
      });
    }
    for (const headers of [
      {},
      { origin: ORIGIN },
      { ...PREFLIGHT, origin: "https://page.example" },
      { ...PREFLIGHT, origin: "null" },
      { ...PREFLIGHT, origin: `${ORIGIN}.evil.example` },
    ]) {
      const refused = await ask(open, "OPTIONS", "/api/capabilities/send-email", headers);
      expect({ status: refused.status, cors: corsOf(refused) }).toEqual({ status: 204, cors: {} });
    }
  });

  it("a function's response gets the headers for these origins only", async () => {
    expect(corsOf(await ask(open, "GET", "/api/health", { origin: ORIGIN }))).toEqual({
      "access-control-allow-origin": ORIGIN,
      "access-control-expose-headers": "idempotency-replayed,location,retry-after",
    });
    for (const headers of [{}, { origin: "https://page.example" }])
      expect(corsOf(await ask(open, "GET", "/api/health", headers))).toEqual({});
    expect(corsOf(await ask(closed, "GET", "/api/health", { origin: ORIGIN }))).toEqual({});
  });
});
