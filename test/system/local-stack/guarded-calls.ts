/** Tests the guards of every call over HTTP, through the whole local stack: identity, policy, idempotency, audit. */

import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { AuditEntry } from "../../../lib/audit/audit-entry.ts";
import { present } from "../../../lib/present.ts";
import { client, ports } from "./shared-stack.ts";

const PAYMENT_INTENT = "/api/capabilities/stripe-create-payment-intent";
const RUNS = "/api/workflows/process-payment/runs";
const DAY_MS = 24 * 60 * 60 * 1000;

/** Runs an operator's command against this stack, as `npm run <command>` does. */
function command(name: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, ...ports, NODE_OPTIONS: "" };
  const { status, stdout, stderr } = spawnSync("node", [`scripts/${name}.ts`, ...args], {
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const aKey = (principal: string, ...options: string[]) =>
  command("keys", "create", "--principal", principal, ...options).stdout.trim();
const as = (key: string) => ({ authorization: `Bearer ${key}` });

async function audited(parameters: string): Promise<AuditEntry[]> {
  const { status, body } = await client().call("GET", `/api/audit?${parameters}`);
  expect([status, body]).toEqual([200, expect.objectContaining({ entries: expect.any(Array) })]);
  return JSON.parse(JSON.stringify(body.entries));
}

async function intentsAtStripe(): Promise<number> {
  const { body } = await client().control("GET", "state");
  return JSON.parse(JSON.stringify(body)).counts.payment_intent ?? 0;
}

describe("given concurrent POSTs with one Idempotency-Key (R3; two hundred of them: test/one-key.test.ts)", () => {
  it("Stripe is called once; each POST gets the same response, or a 409 with a time to retry", async () => {
    await client().call("POST", PAYMENT_INTENT, { body: { amount: 4200 }, idempotencyKey: randomUUID() });
    const before = await intentsAtStripe();
    const idempotencyKey = randomUUID();
    const post = () => client().call("POST", PAYMENT_INTENT, { body: { amount: 4200 }, idempotencyKey });
    const answers = await Promise.all(Array.from({ length: 8 }, post));
    expect(await intentsAtStripe()).toBe(before + 1);
    const made = answers.filter(({ status }) => status === 200);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(made.filter(({ headers }) => headers.get("idempotency-replayed") === null)).toHaveLength(1);
    for (const { status, headers, body } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.code]).toEqual([409, "CONFLICT"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const replayed = await post();
    expect(replayed.headers.get("idempotency-replayed")).toBe("true");
    expect(replayed.body).toEqual(made[0]?.body);
  });
});

describe("given a reused, missing or invalid Idempotency-Key (R4)", () => {
  const post = (idempotencyKey: string | undefined, body: object, headers = {}) =>
    client().call("POST", PAYMENT_INTENT, {
      body,
      headers,
      ...present({ idempotencyKey }),
    });

  it("with another body, the response is a 422, and the first response is still replayed", async () => {
    const key = randomUUID();
    const first = await post(key, { amount: 4200 });
    expect(await post(key, { amount: 4201 })).toMatchObject({
      status: 422,
      body: { issues: [{ path: "headers.Idempotency-Key" }] },
    });
    expect((await post(key, { amount: 4200, currency: "usd" })).body).toEqual(first.body);
  });

  it("the same key of another principal makes another call", async () => {
    const key = randomUUID();
    const first = await post(key, { amount: 4200 });
    const other = await post(key, { amount: 4200 }, as(aKey("other-shop", "--role", "checkout")));
    expect(other.status).toBe(200);
    expect(other.body.paymentIntentId).not.toBe(first.body.paymentIntentId);
  });

  it.each([
    ["missing", undefined],
    ["256 characters long", "k".repeat(256)],
  ])("when it is %s, the response is a 400 that names the header", async (_what, key) => {
    expect(await post(key, { amount: 4200 })).toMatchObject({
      status: 400,
      body: { code: "BAD_REQUEST", issues: [{ path: "headers.Idempotency-Key" }] },
    });
  });
});

describe("given keys created by npm run keys", () => {
  it("a key can do what its role allows, and a 403 says what is missing", async () => {
    const headers = as(aKey("shop", "--role", "checkout"));
    const idempotencyKey = randomUUID();
    const allowed = await client().call("POST", PAYMENT_INTENT, {
      body: { amount: 4200 },
      idempotencyKey,
      headers,
    });
    expect(allowed.status).toBe(200);
    const denied = await client().call("POST", "/api/capabilities/stripe-create-subscription", {
      body: { customerId: "cus_1", priceId: "price_1" },
      idempotencyKey,
      headers,
    });
    expect(denied).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    expect(denied.body.detail).toContain("the role checkout");
    expect(denied.body.detail).toContain("The role billing may create subscriptions");
  });

  it("a key bound to a customer cannot act for another, and the response names the wrong field", async () => {
    const { body } = await client().invoke(
      "stripe-create-customer",
      { email: `${randomUUID()}@example.com` },
      randomUUID(),
    );
    const own = String(body.customerId);
    const headers = as(aKey("app", "--role", "checkout", "--customer", own));
    const pay = (customerId: string) =>
      client().call("POST", PAYMENT_INTENT, {
        body: { amount: 4200, customerId },
        idempotencyKey: randomUUID(),
        headers,
      });
    expect(await pay(own)).toMatchObject({ status: 200 });
    expect(await pay("cus_of_another")).toMatchObject({
      status: 403,
      body: {
        issues: [{ path: "customerId", message: expect.stringContaining("one Stripe customer only") }],
      },
    });
  });

  it("a revoked key and an unknown key get a 401, and the response says that a key was revoked", async () => {
    const revoked = aKey("gone", "--role", "checkout");
    const keyId = /key_[0-9a-f]{16}/.exec(
      command("keys", "list")
        .stdout.split("\n")
        .find((line) => line.includes("gone")) ?? "",
    );
    expect(command("keys", "revoke", String(keyId?.[0])).status).toBe(0);
    const answerTo = (key: string) =>
      client().call("POST", PAYMENT_INTENT, {
        body: { amount: 4200 },
        idempotencyKey: randomUUID(),
        headers: as(key),
      });
    expect(await answerTo(revoked)).toMatchObject({
      status: 401,
      body: { code: "UNAUTHENTICATED", detail: expect.stringContaining("revoked") },
    });
    const unknown = await answerTo("csk_nobody");
    expect(unknown).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
    expect(unknown.headers.get("www-authenticate")).toContain("Bearer");
  });
});

describe("given a run that the role checkout has started", () => {
  it("its steps belong to that principal, and every call and event is found by the payment intent's id", async () => {
    const payer = { customerEmail: `${randomUUID()}@example.com`, customerName: "Ada", amount: 4200 };
    const headers = as(aKey("web-shop", "--role", "checkout"));
    const started = await client().call("POST", RUNS, { body: payer, idempotencyKey: randomUUID(), headers });
    expect(started.status).toBe(202);
    const runId = String(started.body.runId);
    expect(await client().endedRun("process-payment", runId)).toMatchObject({ status: "completed" });

    const ofRun = await audited(`object=${runId}`);
    expect(
      ofRun.map(({ eventType, action, actor, result }) => [eventType, action, actor.id, result]),
    ).toEqual([
      ["capability.invoked", "step", "web-shop", "succeeded"],
      ["capability.invoked", "step", "web-shop", "succeeded"],
      ["capability.invoked", "step", "web-shop", "succeeded"],
      ["workflow.started", "start", "web-shop", "succeeded"],
    ]);
    const intent = ofRun.flatMap(({ objects }) => objects).find((id) => id.startsWith("pi_")) ?? "";
    expect((await client().pay(intent, "4242424242424242")).status).toBe(200);
    // The events of its creation and of its payment, in whichever order their consumers ran.
    const ofIntent = await client().audited(
      intent,
      (entries) =>
        entries.filter(({ result, eventType }) => eventType === "webhook.received" && result === "succeeded")
          .length >= 2,
    );
    expect(ofIntent.map(({ eventType, actor }) => [eventType, actor.id]).sort()).toEqual([
      ["capability.invoked", "web-shop"],
      ["webhook.received", "stripe"],
      ["webhook.received", "stripe"],
    ]);
    expect(JSON.stringify([ofRun, ofIntent])).not.toMatch(/_secret_|@example\.com|Ada/);
  });
});

describe("given the audit entries of all tests above", () => {
  it("the log has an entry for every kind of result, and a caller without the right cannot read it", async () => {
    const from = new Date(Date.now() - DAY_MS).toISOString();
    for (const result of ["succeeded", "replayed", "denied", "failed"]) {
      expect([result, (await audited(`result=${result}&from=${from}`)).length > 0]).toEqual([result, true]);
    }
    const headers = as(aKey("curious", "--role", "checkout"));
    expect(await client().call("GET", "/api/audit", { headers })).toMatchObject({ status: 403 });
    const support = as(aKey("helpdesk", "--role", "support"));
    const masked = await client().call("GET", "/api/audit?limit=1", { headers: support });
    expect(masked).toMatchObject({
      status: 200,
      body: { entries: [{ actor: { ipAddress: "[redacted]" } }] },
    });
  });

  it("npm run audit -- verify finds no mistake in the log", () => {
    const verified = command("audit", "verify");
    expect([verified.status, verified.stderr + verified.stdout]).toEqual([
      0,
      expect.stringMatching(/entries/),
    ]);
  });
});

describe("given an agent with a key of its own", () => {
  it("a tool call reaches the API of the stack, and is audited as the agent's", async () => {
    const principal = `agent-${randomUUID()}`;
    const key = aKey(principal, "--role", "agent");
    const params = { name: "stripe-create-payment-intent", arguments: { amount: 1_200, currency: "usd" } };
    const { status, body } = await client().call("POST", "/mcp", {
      headers: { ...as(key), accept: "application/json, text/event-stream" },
      body: { jsonrpc: "2.0", id: 1, method: "tools/call", params },
    });
    expect([status, body]).toMatchObject([
      200,
      { result: { structuredContent: { paymentIntentId: expect.stringMatching(/^pi_/) } } },
    ]);
    const entries = await audited(`actor=${principal}`);
    expect(entries).toMatchObject([{ resource: { id: "stripe-create-payment-intent" } }]);
  });
});
