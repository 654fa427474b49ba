import { beforeAll, describe, expect, it } from "@jest/globals";
import { Problem } from "../../../lib/errors.ts";
import { authenticatedRoute } from "../../../lib/transport/authenticated-route.ts";
import { openRoute } from "../../../lib/transport/http.ts";
import { MAX_BODY_BYTES } from "../../../lib/transport/json-body.ts";
import type { HttpCall } from "../../steps/given.ts";
import * as when from "../../steps/when.ts";

beforeAll(() => {
  process.env.APP_SECRET = "app-secret-of-the-tests";
});

const echo = openRoute({ body: "json" }, async ({ body }) => ({ status: 200, body: { got: body } }));
const whoami = authenticatedRoute({}, async ({ principal }) => ({ status: 200, body: principal }));

describe("given a JSON route", () => {
  it("the body arrives parsed, plain or base64, and the response contains the request id", async () => {
    const body = { text: "5 €" };
    const plain = await when.callsForJson(echo, { body });
    expect(plain).toMatchObject({
      status: 200,
      body: { got: body },
      headers: { "x-request-id": "request-of-the-test" },
    });
    const encoded = Buffer.from(JSON.stringify(body));
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    expect(await when.callsForJson(echo, { body: encoded, base64: true, headers })).toMatchObject({
      body: { got: body },
    });
  });

  it.each<[string, HttpCall, number, string]>([
    [
      "text that is not JSON",
      { body: "{oops", headers: { "content-type": "application/json" } },
      400,
      "BAD_REQUEST",
    ],
    ["no body", { headers: { "content-type": "application/json" } }, 400, "BAD_REQUEST"],
    ["another content type", { body: "{}", headers: { "content-type": "text/plain" } }, 400, "BAD_REQUEST"],
    ["no content type", { body: "{}" }, 400, "BAD_REQUEST"],
    [
      "bytes that are not UTF-8",
      {
        body: Buffer.from([0x22, 0xff, 0x22]),
        base64: true,
        headers: { "content-type": "application/json" },
      },
      400,
      "BAD_REQUEST",
    ],
    ["a body over the limit", { body: { text: "x".repeat(MAX_BODY_BYTES) } }, 413, "PAYLOAD_TOO_LARGE"],
  ])("%s is a problem, never a 500", async (_what, call, status, code) => {
    const answer = await when.callsForJson(echo, call);
    expect(answer).toMatchObject({
      status,
      headers: { "content-type": "application/problem+json" },
      body: { status, code, requestId: "request-of-the-test", instance: "/", retryable: false },
    });
  });
});

describe("given a path with text from the caller", () => {
  it.each([
    ["/api/workflows/process-payment/runs/run-0123", "/api/workflows/process-payment/runs/run-0123"],
    ["/api/workflows/Ada%20Lovelace/runs", "/api/workflows/%5Btext%5D/runs"],
    ["/api/workflows/Ada Lovelace/runs", "/api/workflows/%5Btext%5D/runs"],
    ["/api/workflows/ada%40example.com/runs", "/api/workflows/%5Bemail%5D/runs"],
    ["/api/workflows/4242%204242%204242%204242/runs", "/api/workflows/%5Bcard%20number%5D/runs"],
    ["/api/workflows/whsec_abc%/runs", "/api/workflows/%5Bwebhook%20secret%5D%25/runs"],
  ])("for %s the problem shows %s", async (path, instance) => {
    expect(await when.callsForJson(whoami, { path, authorizer: null })).toMatchObject({
      status: 401,
      body: { instance },
    });
  });
});

describe("given a route for authenticated callers", () => {
  it("the principal comes from the authorizer", async () => {
    expect(await when.callsForJson(whoami, {})).toMatchObject({
      status: 200,
      body: { id: "tester", roles: ["admin"] },
    });
  });

  it.each<[string, HttpCall["authorizer"], string]>([
    ["nobody", null, "Send the header Authorization: Bearer <api key>"],
    ["an unknown key", { refusal: "unknown-key" }, "not known in this stage"],
    ["an expired key", { refusal: "expired-key" }, "has expired"],
    ["a principal without roles", { principalId: "tester" }, "cannot be verified"],
  ])("%s gets a 401 that says what is missing", async (_who, authorizer, detail) => {
    const answer = await when.callsForJson(whoami, { authorizer });
    expect(answer).toMatchObject({
      status: 401,
      headers: { "www-authenticate": expect.stringMatching(/^Bearer\b/) },
    });
    expect(answer.body.detail).toContain(detail);
  });
});

describe("given an identity provider that is unreachable", () => {
  it("the response is a 503 with a time to retry, and does not mention the provider", async () => {
    const answer = await when.callsForJson(whoami, {
      authorizer: { refusal: "identity-provider-unreachable" },
    });
    expect(answer).toMatchObject({
      status: 503,
      headers: { "retry-after": "60" },
      body: { retryable: true },
    });
    expect(answer.headers).not.toHaveProperty("www-authenticate");
    expect(answer.body.detail).not.toContain("provider");
  });
});

describe("given a handler that fails", () => {
  const failing = (thrown: unknown) => openRoute({}, () => Promise.reject(thrown));

  it("a problem below 500 is shown in full, with its headers", async () => {
    const problem = new Problem("CONFLICT", "still being worked on", { retryAfterSeconds: 7 });
    expect(await when.callsForJson(failing(problem), {})).toMatchObject({
      status: 409,
      headers: { "retry-after": "7" },
      body: { detail: "still being worked on" },
    });
  });

  it.each([new Error("password=hunter2"), "hunter2", new Problem("BAD_GATEWAY", "hunter2")])(
    "a failure with a status of 500 or above does not show its reason to the caller",
    async (thrown) => {
      const answer = await when.callsForJson(failing(thrown), {});
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(JSON.stringify(answer)).not.toContain("hunter2");
    },
  );
});
