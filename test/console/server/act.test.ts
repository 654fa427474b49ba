/** Actions of the console: confirmed on a stage, in the audit log before they run, and run once. */
import { userInfo } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { findEntries } from "../../../lib/audit/query.ts";
import { Problem } from "../../../lib/errors.ts";
import type { Target } from "../../../scripts/command-line/command.ts";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import { SERVER_ID } from "../../../scripts/console/server/act.ts";
import type { Route } from "../../../scripts/console/server/route.ts";
import { type ConsoleServer, serveConsole } from "../../../scripts/console/server/serve.ts";
import * as given from "../../steps/given.ts";
import { type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";

given.localAws();
const PAGE = { document: { type: "text/html", body: "" }, files: new Map() };
const HOUR_MS = 3_600_000;
const ARN = "arn:aws:sts::111122223333:assumed-role/support/ada";
let ran: string[] = [];
/** Slow actions end once it is resolved. */
let slowness = Promise.withResolvers<void>();
const ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/console/api/events/:eventId/resend",
    does: "Sends the event again",
    respond: async ({ parameters, body }) => {
      ran.push(String(parameters.eventId));
      if (body !== undefined && JSON.stringify(body) === '{"is":"slow"}') await slowness.promise;
      if (parameters.eventId === "evt_gone") throw new Problem("NOT_FOUND", "There is no event evt_gone");
      return { times: ran.length };
    },
  },
  { method: "POST", path: "/console/api/ask", onlyReads: true, respond: ({ body }) => ({ asked: body }) },
];

let sts: LoopbackServer;
const servers: ConsoleServer[] = [];
async function consoleOf(target: Target) {
  const context = { target, local: undefined, journal: new Journal(), now: async () => new Date() };
  const server = await serveConsole({ port: 0, page: PAGE, routes: ROUTES, context });
  servers.push(server);
  return (path: string, headers: Record<string, string> = {}, body?: object) =>
    fetch(`${server.url}/api/${path}`, {
      method: "POST",
      headers: { "x-console-change": "1", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).then(async (response) => ({ status: response.status, body: await response.json() }));
}
const entriesAbout = async (object: string) =>
  (
    await findEntries(
      { object, from: new Date(Date.now() - HOUR_MS), to: new Date(Date.now() + HOUR_MS), limit: 50 },
      new Date(),
    )
  ).entries;

type Send = Awaited<ReturnType<typeof consoleOf>>;
let local: Send;
let stage: Send;
beforeAll(async () => {
  sts = await loopbackServer((_request, _body, response) =>
    response
      .writeHead(200, { "content-type": "text/xml" })
      .end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${ARN}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      ),
  );
  process.env.AWS_ENDPOINT_URL_STS = sts.url;
  local = await consoleOf({});
  stage = await consoleOf({ stage: "prod" });
});
beforeEach(() => {
  ran = [];
  slowness = Promise.withResolvers<void>();
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await sts.close();
});

describe("given the console of the local stack", () => {
  it("an action runs, and is in the audit log under the name of this machine's user", async () => {
    expect(await local("events/evt_local/resend")).toEqual({ status: 200, body: { times: 1 } });
    expect(await entriesAbout("evt_local")).toMatchObject([
      {
        eventType: "operator.acted",
        actor: { id: `operator:${userInfo().username}` },
        resource: { type: "console", id: "events/:eventId/resend" },
        result: "succeeded",
        metadata: { inputs: { does: "Sends the event again" } },
      },
    ]);
  });

  it("a refusal reaches the person as it is, and the audit log with its code", async () => {
    expect(await local("events/evt_gone/resend")).toEqual({
      status: 404,
      body: { code: "NOT_FOUND", message: "There is no event evt_gone" },
    });
    expect(await entriesAbout("evt_gone")).toMatchObject([{ result: "failed", code: "NOT_FOUND" }]);
  });

  it("a question is no action: the audit log does not have it", async () => {
    expect(await local("ask", {}, { object: "evt_asked" })).toEqual({
      status: 200,
      body: { asked: { object: "evt_asked" } },
    });
    expect(await entriesAbout("evt_asked")).toEqual([]);
  });

  it("two clicks are one action, and both get its result", async () => {
    const key = { "x-console-key": `${SERVER_ID}:two-clicks` };
    const first = local("events/evt_twice/resend", key, { is: "slow" });
    while (ran.length === 0) await new Promise(setImmediate);
    const second = local("events/evt_twice/resend", key, { is: "slow" });
    slowness.resolve();
    expect([await first, await second].map(({ body }) => body)).toEqual([{ times: 1 }, { times: 1 }]);
    expect(await entriesAbout("evt_twice")).toHaveLength(1);
  });

  it("a key is of one action, and of the server that runs", async () => {
    const key = { "x-console-key": `${SERVER_ID}:mine` };
    await local("events/evt_1/resend", key);
    expect(await local("events/evt_2/resend", key)).toMatchObject({ status: 409 });
    expect(await local("events/evt_3/resend", { "x-console-key": "earlier:mine" })).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("npm run audit") },
    });
    expect(ran).toEqual(["evt_1"]);
  });

  it("nothing runs if the audit log cannot be written", async () => {
    const table = process.env.AUDIT_LOG_TABLE;
    process.env.AUDIT_LOG_TABLE = "no-such-table";
    try {
      expect(await local("events/evt_unaudited/resend")).toMatchObject({ status: 503 });
    } finally {
      process.env.AUDIT_LOG_TABLE = table;
    }
    expect(ran).toEqual([]);
  });

  it.each([
    ["a path that is not UTF-8", "events/%E0%A4%A/resend", 400],
    ["another path", "nothing", 404],
  ])("%s is refused", async (_what, path, status) => {
    expect(await local(path)).toMatchObject({ status });
  });
});

describe("given the console of the stage prod", () => {
  it.each([
    ["no", {}],
    ["another", { "x-console-confirmation": "dev" }],
    ["an almost right", { "x-console-confirmation": "Prod" }],
  ])("with %s name typed, nothing runs", async (_what, headers: Record<string, string>) => {
    expect(await stage("events/evt_unconfirmed/resend", headers)).toMatchObject({
      status: 412,
      body: { code: "PRECONDITION_FAILED", message: expect.stringContaining("prod") },
    });
    expect(ran).toEqual([]);
    expect(await entriesAbout("evt_unconfirmed")).toEqual([]);
  });

  it("with the stage's name typed, it runs, and is audited under the identity of the shell", async () => {
    expect(await stage("events/evt_stage/resend", { "x-console-confirmation": "prod" })).toMatchObject({
      status: 200,
    });
    expect(await entriesAbout("evt_stage")).toMatchObject([
      { actor: { id: `operator:${ARN}` }, result: "succeeded" },
    ]);
  });
});
