/** `npm run stripe` as an operator runs it: a process of its own, on the Stripe emulator. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { ROUTED_EVENT_TYPES } from "../../lib/events/event-queues.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/stripe-client.ts";
import { readCommand } from "../../scripts/stripe/command.ts";
import { differencesOf, type Endpoint, endpointsAt } from "../../scripts/stripe/endpoint-check.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const URL_OF_API = "https://api.shop.example/api/webhooks/stripe";
const WANTED = { apiVersion: STRIPE_API_VERSION, events: ["customer.created", "invoice.paid"] };
const inLine: Endpoint = {
  id: "we_1",
  url: URL_OF_API,
  status: "enabled",
  api_version: STRIPE_API_VERSION,
  enabled_events: ["invoice.paid", "customer.created"],
};

describe("given the words of a command", () => {
  it.each([
    ["webhook check", { action: "check" }],
    [`webhook create --url ${URL_OF_API} --stage prod`, { action: "create", url: URL_OF_API, stage: "prod" }],
    [
      "webhook create --url http://localhost:3000/api/webhooks/stripe",
      { action: "create", url: "http://localhost:3000/api/webhooks/stripe" },
    ],
  ])("%s is understood", (words, expected) => {
    expect(readCommand(words.split(" "))).toEqual({ url: undefined, stage: undefined, ...expected });
  });

  it.each([
    ["", "Say what to do"],
    ["webhook", 'There is no "webhook "'],
    ["webhook delete", 'There is no "webhook delete"'],
    ["webhook check we_1", "a word too many"],
    ["webhook check --color red", "--color"],
    ["webhook check --stage ../prod", "--stage must be the name of a stage"],
    ["webhook create --url api.shop.example", "--url must be the http or https address"],
    ["webhook create --url https://api.shop.example", "ending with /api/webhooks/stripe"],
    [`webhook create --url ${URL_OF_API}?a=1`, "--url must be"],
    [
      "webhook create --stage prod --url http://api.shop.example/api/webhooks/stripe",
      "must be the https address",
    ],
  ])("%s is refused: %s", (words, message) => {
    expect(() => readCommand(words.split(" "))).toThrow(message);
  });
});

describe("given the endpoints of an account", () => {
  const told = (...found: Endpoint[]) => differencesOf(found, WANTED).map(({ what }) => what);

  it("one that has exactly the events of consumers, in any order, differs in nothing", () => {
    expect(told(inLine)).toEqual([]);
  });

  it.each<[string, Partial<Endpoint>, string[]]>([
    ["it is disabled", { status: "disabled" }, ["we_1 is disabled: it gets no events"]],
    [
      "an event is missing",
      { enabled_events: ["invoice.paid"] },
      ["we_1 does not get customer.created, which has a consumer"],
    ],
    [
      "an event has no consumer",
      { enabled_events: ["payout.paid", ...inLine.enabled_events] },
      ["we_1 gets payout.paid, which has no consumer"],
    ],
    ["it gets everything", { enabled_events: ["*"] }, ["we_1 gets *, which has no consumer"]],
    [
      "its API version is another one",
      { api_version: "2025-03-31.basil" },
      [`we_1 gets events of API version 2025-03-31.basil, not ${STRIPE_API_VERSION}`],
    ],
    [
      "its API version is not pinned",
      { api_version: null },
      [`we_1 gets events of API version of the account's default, not ${STRIPE_API_VERSION}`],
    ],
  ])("%s: it is told", (_what, change, expected) => {
    expect(told({ ...inLine, ...change })).toEqual(expected);
  });

  it("none, and a second one, are told", () => {
    expect(told()).toEqual(["There is no such webhook endpoint"]);
    expect(told(inLine, { ...inLine, id: "we_2" })).toEqual([
      expect.stringContaining("we_2 has the same address"),
    ]);
  });

  it("without an address, those are looked at whose path is that of the webhook", () => {
    const other = { ...inLine, url: "https://other.example/hook" };
    expect(endpointsAt([other, inLine], undefined)).toEqual([inLine]);
    expect(endpointsAt([other, inLine], other.url)).toEqual([other]);
  });
});

describe("given the command as a process", () => {
  let emulator: StripeEmulator;
  let ssm: LoopbackServer;
  let stripe: Stripe;
  beforeAll(async () => {
    emulator = await startStripeEmulator({ port: 0 });
    stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: emulator.port, protocol: "http" });
    ssm = await loopbackServer((_request, body, response) => {
      const { Names } = JSON.parse(body.toString());
      const Name = "/contractspec-stripe/test/STRIPE_SECRET_KEY";
      const Parameters = Names.includes(Name) ? [{ Name, Value: "sk_test_of_the_stage" }] : [];
      answerJson(response, 200, { Parameters }, "application/x-amz-json-1.1");
    });
  });
  afterAll(async () => {
    await emulator.close();
    await ssm.close();
  });
  beforeEach(async () => {
    await fetch(`${emulator.url}/_emulator/reset`, { method: "POST" });
  });

  async function run(words: string, environment: Record<string, string> = {}) {
    const child = spawn(process.execPath, ["scripts/stripe.ts", "webhook", ...words.split(" ")], {
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        STRIPE_EMULATOR_PORT: String(emulator.port),
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_ENDPOINT_URL_SSM: ssm.url,
        ...environment,
      },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    const status = await new Promise((ended) => child.on("close", ended));
    return { status, stdout, stderr };
  }
  const endpoints = async () => (await stripe.webhookEndpoints.list()).data;

  it("create makes the endpoint and shows its secret once, check finds it in line, create leaves it alone", async () => {
    const made = await run("create");
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^whsec_\w+\n$/) });
    expect(made.stderr).toContain("Put it into .env as STRIPE_WEBHOOK_SECRET");
    expect(made.stderr).not.toContain(made.stdout.trim());
    const [endpoint, ...others] = await endpoints();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({
      url: "http://localhost:3000/api/webhooks/stripe",
      api_version: STRIPE_API_VERSION,
      status: "enabled",
    });
    expect(endpoint?.enabled_events.toSorted()).toEqual(ROUTED_EVENT_TYPES);

    expect(await run("check")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(
        `${endpoint?.id} for http://localhost:3000/api/webhooks/stripe is as it has to be`,
      ),
      stderr: "",
    });
    expect(await run("create")).toMatchObject({ status: 0, stdout: "" });
    expect(await endpoints()).toEqual([endpoint]);
  }, 60_000);

  it("check fails on drift and names it; create brings the endpoint in line, under the same secret", async () => {
    const { id } = await stripe.webhookEndpoints.create({
      url: URL_OF_API,
      api_version: STRIPE_API_VERSION,
      enabled_events: ["payment_intent.succeeded", "payout.paid"],
    });
    // More than one page, and none of them of this product.
    for (let count = 0; count < 101; count++) {
      await stripe.webhookEndpoints.create({ url: `https://other.example/${count}`, enabled_events: ["*"] });
    }
    await stripe.webhookEndpoints.update(id, { disabled: true });
    const checked = await run(`check --url ${URL_OF_API}`);
    expect(checked).toMatchObject({ status: 1, stdout: "" });
    expect(checked.stderr.trim().split("\n")).toHaveLength(ROUTED_EVENT_TYPES.length - 1 + 2);
    expect(checked.stderr).toContain(
      `${id} does not get invoice.paid, which has a consumer. \`webhook create\` mends`,
    );
    expect(checked.stderr).toContain(`${id} gets payout.paid, which has no consumer`);
    expect(checked.stderr).toContain(`${id} is disabled`);

    expect(await run(`create --url ${URL_OF_API}`)).toMatchObject({
      status: 0,
      stdout: "",
      stderr: expect.stringContaining(`Mended: ${id} gets payout.paid`),
    });
    expect(await run(`check --url ${URL_OF_API}`)).toMatchObject({ status: 0 });
  }, 60_000);

  it("another API version fails both, since Stripe cannot change it", async () => {
    await stripe.webhookEndpoints.create({
      url: URL_OF_API,
      api_version: "2025-03-31.basil",
      enabled_events: ["*"],
    });
    const made = await run(`create --url ${URL_OF_API}`);
    expect(made).toMatchObject({ status: 1, stdout: "" });
    expect(made.stderr).toContain("Stripe cannot change it: delete the endpoint");
    const checked = await run(`check --url ${URL_OF_API}`);
    expect(checked.stderr).toMatch(/^we_\w+ gets events of API version 2025-03-31.basil.*\n$/);
  }, 60_000);

  it("--stage takes that stage's key, finds its endpoint by the path, and says where the secret goes", async () => {
    const environment = { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_live_of_this_shell" };
    expect(await run("create --stage test", environment)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("say where the API is with --url"),
    });
    const made = await run(`create --stage test --url ${URL_OF_API}`, environment);
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^whsec_\w+\n$/) });
    expect(made.stderr).toContain("--name /contractspec-stripe/test/STRIPE_WEBHOOK_SECRET --value <secret>");
    expect(await run("check --stage test", environment)).toMatchObject({ status: 0 });
    expect(await endpoints()).toMatchObject([{ url: URL_OF_API, description: "contractspec-stripe test" }]);
  }, 60_000);

  it.each<[string, string, Record<string, string>, string]>([
    ["a mistake", "delete", {}, 'There is no "webhook delete"'],
    ["no local stack", "check", { STRIPE_EMULATOR_PORT: "1" }, "Is the local stack up (npm start)"],
    [
      "no such stage",
      "check --stage nowhere",
      {},
      "/contractspec-stripe/nowhere/STRIPE_SECRET_KEY does not exist",
    ],
    ["a wrong .env", "check", { STRIPE_SECRET_KEY: "sk_live_51abc" }, "STRIPE_SECRET_KEY is a live key"],
  ])("%s ends it with 1 and a sentence", async (_what, words, environment, message) => {
    const { status, stdout, stderr } = await run(words, environment);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/ {4}at /);
  });

  it("package.json runs it, and installs what is missing first", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(scripts).toMatchObject({
      stripe: "npm run -s preflight && npm run -s stripe:run --",
      "stripe:run": "node scripts/stripe.ts",
    });
  });
});
