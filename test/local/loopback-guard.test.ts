/** Every server of the local stack refuses what a web page sends through a developer's browser. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Emulators, startEmulators } from "../../local/emulators.ts";
import { startInvokeApi } from "../../local/lambda/invoke-api.ts";
import { createRuntime } from "../../local/lambda/runtime.ts";
import { guardLoopback } from "../../local/loopback-guard.ts";
import { startStepFunctions } from "../../local/step-functions.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import { rawRequest } from "../steps/raw-request.ts";

const closings: (() => Promise<unknown>)[] = [];
const urls: Record<string, string> = {};
let emulators: Emulators;

beforeAll(async () => {
  emulators = await startEmulators();
  const runtime = createRuntime({ functions: [], log: () => {} });
  const lambda = await startInvokeApi({ port: 0, runtime });
  const stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: [],
    invoke: runtime.invoke,
  });
  const stripe = await startStripeEmulator({ port: 0 });
  closings.push(emulators.close, lambda.close, stepFunctions.close, stripe.close);
  const { dynamodb, sqs, ses } = emulators.endpoints;
  Object.assign(urls, {
    dynamodb,
    sqs,
    ses,
    lambda: lambda.url,
    stepFunctions: stepFunctions.url,
    stripe: stripe.url,
  });
});
afterAll(async () => {
  for (const close of closings) await close();
});

describe.each(["dynamodb", "sqs", "ses", "lambda", "stepFunctions", "stripe"])("the server of %s", (name) => {
  it("refuses a page's request, under its own origin or under its own name for 127.0.0.1", async () => {
    const url = urls[name] ?? "";
    const { port } = new URL(url);
    const statusOf = async (headers: object) =>
      (await rawRequest(url, { method: "POST", headers: { ...headers } })).status;
    expect(await statusOf({ host: `rebound.example:${port}` })).toBe(403);
    expect(
      await statusOf({ host: `rebound.example:${port}`, origin: `http://rebound.example:${port}` }),
    ).toBe(403);
    expect(await statusOf({ origin: "https://page.example" })).toBe(403);
    expect(await statusOf({ origin: "null" })).toBe(403);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      expect(await statusOf({ host })).not.toBe(403);
      expect(await statusOf({ host, origin: `http://${host}` })).not.toBe(403);
    }
  });
});

describe("a guarded server", () => {
  let server: Server;
  let url: string;
  const settings = {
    hosts: ["pay.example.com"],
    origins: ["https://shop.example.com"],
    ignoredHeaders: ["x-caller"],
  };

  beforeAll(async () => {
    server = guardLoopback(
      createServer((request, response) =>
        response.end(JSON.stringify([request.headers, request.rawHeaders])),
      ),
      settings,
    );
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => void server.close());

  it("lets through the hosts and origins that are configured", async () => {
    for (const headers of [
      { host: "pay.example.com", origin: "https://pay.example.com" },
      { origin: "https://shop.example.com" },
    ]) {
      expect(await rawRequest(url, { headers })).toMatchObject({ status: 200 });
    }
  });

  it("lets through no other host and no other origin", async () => {
    const { port } = new URL(url);
    const name = fc.oneof(
      fc.domain(),
      fc.constantFrom(
        "localhost.",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "127.1",
        "[::]",
      ),
    );
    const otherPort = fc.integer({ min: 1, max: 65_535 }).filter((number) => String(number) !== port);
    const foreignHost = fc.oneof(
      name.map((host) => `${host}:${port}`),
      name,
      fc.constant("localhost"),
      otherPort.map((number) => `localhost:${number}`),
    );
    const foreignOrigin = fc.oneof(
      foreignHost.filter((host) => host !== "shop.example.com").map((host) => `http://${host}`),
      fc.constantFrom(
        "null",
        "",
        `https://localhost:${port}`,
        `http://localhost:${port}`,
        "http://shop.example.com",
      ),
    );
    await fc.assert(
      fc.asyncProperty(foreignHost, foreignOrigin, async (host, origin) => {
        expect(await rawRequest(url, { headers: { host } })).toMatchObject({ status: 403 });
        expect(await rawRequest(url, { headers: { origin } })).toMatchObject({ status: 403 });
      }),
      { numRuns: 100 },
    );
  });

  it("drops the headers that a request must not bring along", async () => {
    const { text } = await rawRequest(url, { headers: { "X-Caller": "admin", accept: "*/*" } });
    expect(text).not.toMatch(/x-caller|admin/i);
    expect(text).toContain("*/*");
  });
});
