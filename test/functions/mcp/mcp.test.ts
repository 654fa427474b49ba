/** Agents over HTTP: the protocol's own client, in both of its forms, against the function and the API behind it. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { tries } from "../../steps/effort.ts";
import { type Everything, everyHandler } from "../../steps/every-handler.ts";
import * as given from "../../steps/given.ts";
import { type LoopbackApi, loopbackApi } from "../../steps/loopback-api.ts";

given.capturedLog();

const CHECKOUT = "Bearer key-of-checkout";
const SUPPORT = "Bearer key-of-support";
const AGENT = "Bearer key-of-agent";
const APPROVER = "Bearer key-of-approver";
const ADMIN = "Bearer key-of-admin";

let everything: Everything;
let api: LoopbackApi;

beforeAll(async () => {
  everything = await everyHandler();
  api = await loopbackApi(everything, {
    [CHECKOUT]: { principalId: "shop-agent", roles: '["checkout"]' },
    [SUPPORT]: { principalId: "support-agent", roles: '["support"]' },
    [AGENT]: { principalId: "agent", roles: '["agent"]' },
    [APPROVER]: { principalId: "manager", roles: '["approver"]' },
    [ADMIN]: { principalId: "owner", roles: '["admin"]' },
  });
});
afterAll(async () => {
  await api.close();
  await everything.close();
});

type Versions = "2025" | "2026";

async function connected(authorization: string, versions: Versions = "2026"): Promise<Client> {
  const client = new Client(
    { name: "test", version: "1" },
    versions === "2026" ? { versionNegotiation: { mode: "auto" } } : {},
  );
  const headers = { authorization };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), { requestInit: { headers } }),
  );
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown>) {
  const { content, structuredContent, isError = false } = await client.callTool({ name, arguments: args });
  const texts = content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  const outputs = structuredContent === undefined ? undefined : fieldsOf(structuredContent);
  return { texts, isError, outputs };
}

const paymentsAtStripe = async () =>
  JSON.stringify(Object(await everything.traces()).stripe).match(/"payment_intents?":(\d+)/)?.[1] ?? "0";

const payment = (amount: number) => ({ amount, currency: "usd" });

describe.each<Versions>(["2025", "2026"])("given a client of the protocol of %s", (versions) => {
  it("it is offered what its role may use, with hints for what changes nothing", async () => {
    const client = await connected(CHECKOUT, versions);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "stripe-create-payment-intent",
        "stripe-get-customer",
        "start-process-payment",
        "get-process-payment-run",
      ]),
    );
    expect(names).not.toContain("stripe-refund-payment");
    expect(names).not.toContain("start-refund-payment");
    const hintsOf = (name: string) => tools.find((tool) => tool.name === name)?.annotations;
    expect(hintsOf("stripe-get-customer")).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    expect(hintsOf("stripe-create-payment-intent")).toMatchObject({
      readOnlyHint: false,
      destructiveHint: true,
    });
    await client.close();
  });

  it("a tool call has its effect through the API, and its result fits the schema of its outputs", async () => {
    const client = await connected(CHECKOUT, versions);
    await client.listTools();
    const { outputs, isError } = await call(client, "stripe-create-payment-intent", {
      ...payment(versions === "2025" ? 1_501 : 1_502),
    });
    expect(isError).toBe(false);
    expect(outputs).toMatchObject({ paymentIntentId: expect.stringMatching(/^pi_/) });
    expect(outputs).not.toHaveProperty("clientSecret");
    await client.close();
  });
});

describe("given an agent that repeats itself", () => {
  it("the same arguments pay once, in any order and with defaults written out", async () => {
    const client = await connected(CHECKOUT);
    const first = await call(client, "stripe-create-payment-intent", { amount: 2_100, currency: "usd" });
    const before = await paymentsAtStripe();
    expect(before).not.toBe("0");
    const again = await Promise.all(
      [{ currency: "usd", amount: 2_100 }, { amount: 2_100 }].map((args) =>
        call(client, "stripe-create-payment-intent", args),
      ),
    );
    for (const { outputs, texts } of again) {
      expect(outputs).toEqual(first.outputs);
      expect(texts.at(-1)).toContain("Nothing was done now");
    }
    expect(await paymentsAtStripe()).toBe(before);
    await client.close();
  });

  it("another callReference, or another principal, is another call", async () => {
    const [client, other] = [await connected(CHECKOUT), await connected(ADMIN)];
    const results = [
      await call(client, "stripe-create-payment-intent", payment(2_200)),
      await call(client, "stripe-create-payment-intent", { ...payment(2_200), callReference: "second" }),
      await call(other, "stripe-create-payment-intent", payment(2_200)),
    ];
    expect(new Set(results.map(({ outputs }) => outputs?.paymentIntentId)).size).toBe(3);
    await Promise.all([client.close(), other.close()]);
  });

  it("a start without a response is repeated with the same key", async () => {
    const client = await connected(CHECKOUT);
    const args = { customerEmail: "ada@example.com", amount: 4_200 };
    api.hangUp(true);
    const lost = await call(client, "start-process-payment", args);
    api.hangUp(false);
    expect(lost).toMatchObject({ isError: true });
    expect(lost.texts[0]).toContain("Call the same tool with the same arguments: nothing is done twice.");
    const found = await call(client, "start-process-payment", args);
    const [first, second] = api.requests.slice(-2);
    expect(second).toEqual(first);
    const run = await call(client, "get-process-payment-run", { runId: found.outputs?.runId });
    expect(run.outputs).toMatchObject({ runId: found.outputs?.runId });
    await client.close();
  });
});

describe("given a call that another principal must approve", () => {
  const decide = async (authorization: string, approvalId: string, decision: "approve" | "reject") => {
    const url = `${api.url}/api/approvals/${approvalId}/${decision}`;
    const { status } = await fetch(url, { method: "POST", headers: { authorization } });
    return status;
  };
  const approvalIn = (texts: readonly string[]) => JSON.parse(texts[1] ?? "{}").approval ?? {};

  it("the agent is shown exactly what waits; once it is approved, the same call is carried out, once", async () => {
    const client = await connected(AGENT);
    const { tools } = await client.listTools();
    const described = (name: string) => tools.find((tool) => tool.name === name)?.description;
    expect(described("stripe-refund-payment")).toContain("A person may have to approve the call first.");
    expect(described("stripe-get-customer")).not.toContain("approve");
    const args = payment(60_001);
    const asked = await call(client, "stripe-create-payment-intent", args);
    const { approvalId, status, expiresAt } = approvalIn(asked.texts);
    expect({ isError: asked.isError, status }).toEqual({ isError: true, status: "pending" });
    expect(asked.texts[0]?.split("\n")).toEqual([
      expect.stringMatching(/^APPROVAL_REQUIRED: The role agent needs an approval/),
      `The approval ${approvalId} is pending until ${expiresAt}. It is for this call and no other:`,
      'stripe-create-payment-intent {"amount":60001,"currency":"usd"}',
      expect.stringContaining("You cannot approve it yourself"),
      expect.stringContaining("call the same tool with exactly the same arguments"),
    ]);
    expect(await decide(AGENT, approvalId, "approve")).toBe(403);
    expect(await decide(APPROVER, approvalId, "approve")).toBe(200);
    const before = await paymentsAtStripe();
    const altered = await call(client, "stripe-create-payment-intent", payment(60_002));
    expect(altered.texts[0]).toMatch(/^APPROVAL_REQUIRED/);
    expect(await paymentsAtStripe()).toBe(before);
    const done = await call(client, "stripe-create-payment-intent", args);
    const again = await call(client, "stripe-create-payment-intent", args);
    expect(done.isError).toBe(false);
    expect(again.outputs).toEqual(done.outputs);
    await client.close();
  });

  it("after a rejection, the agent is told to ask a person, and a callReference asks again", async () => {
    const client = await connected(AGENT);
    const asked = await call(client, "stripe-create-payment-intent", payment(60_003));
    await decide(APPROVER, approvalIn(asked.texts).approvalId, "reject");
    const refused = await call(client, "stripe-create-payment-intent", payment(60_003));
    expect(refused.texts[0]).toMatch(
      /^FORBIDDEN: The approval apr_\w+ of this call was rejected\. .*\nTell the/,
    );
    const args = { ...payment(60_003), callReference: "again" };
    const other = await call(client, "stripe-create-payment-intent", args);
    expect(approvalIn(other.texts)).toMatchObject({ status: "pending" });
    await client.close();
  });
});

describe("given a call that is refused", () => {
  it("a denial is a result that names the code and says to stop; a tool that is not offered is denied by the API", async () => {
    const client = await connected(SUPPORT);
    const { isError, texts, outputs } = await call(client, "stripe-refund-payment", {
      paymentIntentId: "pi_1",
    });
    expect({ isError, outputs }).toEqual({ isError: true, outputs: undefined });
    expect(texts[0]).toMatch(
      /^FORBIDDEN: No rule permits .*\nThe policy does not allow it\. Do not try another way/s,
    );
    expect(JSON.parse(texts[1] ?? "")).toMatchObject({ code: "FORBIDDEN", status: 403 });
    await client.close();
  });

  it("wrong fields are named", async () => {
    const client = await connected(CHECKOUT);
    const { texts } = await call(client, "stripe-create-payment-intent", { amount: "much", currency: "usd" });
    expect(texts[0]).toMatch(/^VALIDATION_FAILED: .*\n- amount: must be/s);
    await client.close();
  });

  it.each([
    ["a card number", { amount: 100, currency: "usd", metadata: { note: "4242424242424242" } }],
    ["an empty callReference", { ...payment(100), callReference: " " }],
    ["a callReference that is a number", { ...payment(100), callReference: 7 }],
  ])("%s gets no further than this function", async (_what, args) => {
    const client = await connected(CHECKOUT);
    const before = api.requests.length;
    const { texts } = await call(client, "stripe-create-payment-intent", args);
    expect(texts[0]).toMatch(/^VALIDATION_FAILED/);
    // The id of a request can have these digits by chance.
    expect(texts.join().replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "")).not.toContain("4242");
    expect(api.requests).toHaveLength(before);
    await client.close();
  });

  it("a run id is no path", async () => {
    const client = await connected(CHECKOUT);
    const before = api.requests.length;
    const { isError } = await call(client, "get-process-payment-run", { runId: "../../../audit" });
    expect(isError).toBe(true);
    expect(api.requests).toHaveLength(before);
    await client.close();
  });

  it("a misspelled tool gets a suggestion from those that are offered", async () => {
    const client = await connected(CHECKOUT);
    await expect(call(client, "stripe-create-paymentintent", {})).rejects.toThrow(
      'did you mean "stripe-create-payment-intent"',
    );
    await client.close();
  });
});

const post = async (body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${api.url}/mcp`, {
    method: "POST",
    headers: {
      authorization: CHECKOUT,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body,
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
};

describe("given requests that no client of the protocol sends", () => {
  it("without a known credential, it is 401", async () => {
    const { status, headers } = await post("{}", { authorization: "Bearer nobody" });
    expect({ status, challenge: headers.get("www-authenticate") }).toEqual({
      status: 401,
      challenge: 'Bearer error="invalid_token"',
    });
  });

  it.each(["GET", "DELETE"])("%s is 405: there are neither streams nor sessions", async (method) => {
    const { status, headers } = await fetch(`${api.url}/mcp`, {
      method,
      headers: { authorization: CHECKOUT },
    });
    expect({ status, allow: headers.get("allow") }).toEqual({ status: 405, allow: "POST" });
  });

  it("a page that is not in CORS_ORIGINS is refused", async () => {
    const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    expect(await post(request, { origin: "https://evil.example" })).toMatchObject({
      status: 403,
      body: { code: "FORBIDDEN" },
    });
    process.env.CORS_ORIGINS = "https://chat.example.com, https://evil.example";
    expect(await post(request, { origin: "https://evil.example" })).toMatchObject({ status: 200 });
    process.env.CORS_ORIGINS = "";
  });

  it("several messages in one request, and JSON that is ambiguous, are 400", async () => {
    const batch = JSON.stringify([{ jsonrpc: "2.0", id: 1, method: "tools/list" }]);
    expect(await post(batch)).toMatchObject({ status: 400 });
    expect(await post('{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"ping"}')).toMatchObject({
      status: 400,
    });
  });

  it("a subscription to changes is refused, because it would keep the function running", async () => {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const method = "subscriptions/listen";
    const params = { notifications: { toolsListChanged: true }, _meta };
    const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
    expect(await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }), headers)).toMatchObject({
      body: { error: { message: expect.any(String) } },
    });
  });

  it("whatever is sent, the response is neither a server error nor an effect", async () => {
    const before = api.requests.length;
    const message = fc.record(
      {
        jsonrpc: fc.constantFrom("2.0", "1.0", 2),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
        method: fc.oneof(fc.constantFrom("initialize", "tools/call", "tools/list", "ping"), fc.string()),
        params: fc.oneof(
          fc.jsonValue(),
          fc.record({ name: fc.constantFrom("__proto__", "constructor", ""), arguments: fc.jsonValue() }),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(message, fc.jsonValue()), async (body) => {
        const { status } = await fetch(`${api.url}/mcp`, {
          method: "POST",
          headers: { authorization: CHECKOUT, "content-type": "application/json", accept: "*/*" },
          body: JSON.stringify(body),
        });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: tries({ sample: 60, whole: 3_000 }) },
    );
    expect(api.requests).toHaveLength(before);
  });
});
