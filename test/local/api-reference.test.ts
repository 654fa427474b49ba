import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startApiReference } from "../../local/api-reference.ts";
import type { Emulator } from "../../local/emulator-thread.ts";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

let api: LoopbackServer;
let reference: Emulator;
beforeAll(async () => {
  api = await loopbackServer((request, body, response) => {
    response
      .writeHead(request.headers.origin === undefined ? 202 : 403, { "x-request-id": "id-1" })
      .end(body);
  });
  reference = await startApiReference({ port: 0, apiUrl: api.url });
});
afterAll(async () => {
  await reference.close();
  await api.close();
});

describe("given the API reference", () => {
  it("its page loads nothing but its own files, and each of them is there", async () => {
    const page = await fetch(reference.url);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = ""]) => path);
    expect(files).toEqual(["/swagger-ui.css", "/swagger-ui-bundle.js", "/reference.js"]);
    for (const path of files) expect(await fetch(reference.url + path)).toMatchObject({ status: 200 });
  });

  it("a call on the page reaches the API, and comes back unchanged", async () => {
    const response = await fetch(`${reference.url}/api/capabilities/stripe-create-customer`, {
      method: "POST",
      body: '{"email":"ada@example.com"}',
      headers: { origin: reference.url },
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("x-request-id")).toBe("id-1");
    expect(await response.json()).toEqual({ email: "ada@example.com" });
  });

  it("a page of another origin can call nothing", async () => {
    const response = await fetch(`${reference.url}/api/health`, {
      headers: { origin: "https://example.com" },
    });
    expect(response.status).toBe(403);
  });

  it("an unknown path is not found, and a path out of its folder neither", async () => {
    for (const path of ["/other.js", "/../package.json", "/%2e%2e/package.json"])
      expect(await fetch(reference.url + path)).toMatchObject({ status: 404 });
  });
});
