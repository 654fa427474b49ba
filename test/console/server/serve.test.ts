/** Who can read and act through the console's server. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import type { ConsolePage } from "../../../scripts/console/server/page.ts";
import type { Route } from "../../../scripts/console/server/route.ts";
import { type ConsoleServer, serveConsole } from "../../../scripts/console/server/serve.ts";
import { newSession } from "../../../scripts/console/server/session.ts";

const page: ConsolePage = { document: { type: "text/html", body: "<p>console</p>" }, files: new Map() };
const asked: unknown[] = [];
const routes: readonly Route[] = [
  { method: "GET", path: "/console/api/read/:id", respond: ({ parameters }) => parameters },
  {
    method: "POST",
    path: "/console/api/ask",
    onlyReads: true,
    respond: ({ body }) => {
      asked.push(body);
      return {};
    },
  },
];
const context = {
  target: {},
  local: undefined,
  journal: new Journal(),
  now: async () => new Date(),
};

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The status and the body of the response. Unlike `fetch`, it sends any Host and Origin. */
function send(
  server: ConsoleServer,
  path: string,
  { method = "GET", headers = {}, body }: Sent = {},
): Promise<{ status: number | undefined; text: string; cookie: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server.url), { method, headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      resolve({ status: response.statusCode, text, cookie });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

describe("given the console of the local stack", () => {
  let server: ConsoleServer;
  beforeAll(async () => {
    server = await serveConsole({ port: 0, page, routes, context });
  });
  afterAll(() => server.close());

  it("every address shows the page, and a route's parameters come from its path", async () => {
    expect(await send(server, "/console/runs/run-1")).toMatchObject({ status: 200, text: "<p>console</p>" });
    expect(await send(server, "/console/api/read/a%20b")).toMatchObject({ text: '{"id":"a b"}' });
    expect(await send(server, "/console/api/read/%ff")).toMatchObject({ status: 400 });
    expect(await send(server, "/console/api/none")).toMatchObject({ status: 404 });
  });

  it("neither a page of another origin nor another host is served", async () => {
    const path = "/console/api/read/1";
    expect(await send(server, path, { headers: { origin: "https://evil.example" } })).toMatchObject({
      status: 403,
    });
    expect(await send(server, path, { headers: { host: "evil.example" } })).toMatchObject({ status: 403 });
  });

  it("nothing is changed by a request that any page's form could send", async () => {
    const form = { method: "POST", body: "{}" };
    expect(await send(server, "/console/api/ask", form)).toMatchObject({ status: 403 });
    expect(asked).toEqual([]);
    const own = { ...form, headers: { "x-console-change": "1" } };
    expect(await send(server, "/console/api/ask", own)).toMatchObject({ status: 200 });
    expect(asked).toEqual([{}]);
  });

  it("a body that is not JSON, or too large, is refused", async () => {
    const headers = { "x-console-change": "1" };
    const path = "/console/api/ask";
    expect(await send(server, path, { method: "POST", headers, body: "{" })).toMatchObject({ status: 400 });
    const body = JSON.stringify("a".repeat(1024 * 1024));
    expect(await send(server, path, { method: "POST", headers, body })).toMatchObject({ status: 400 });
  });
});

describe("given the console of a deployed stage", () => {
  it("only a browser that has opened the printed link gets anything", async () => {
    const session = newSession();
    const server = await serveConsole({ port: 0, page, routes, context, session });
    const path = "/console/api/read/1";
    expect(await send(server, path)).toMatchObject({ status: 401 });
    expect(await send(server, "/console?key=guessed")).toMatchObject({ status: 401, cookie: "" });
    const { status, cookie } = await send(server, `/console?key=${session.key}`);
    expect(status).toBe(303);
    expect(await send(server, path, { headers: { cookie } })).toMatchObject({ status: 200 });
    await server.close();
  });
});
