/** `npm run stripe` on the Stripe emulator. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { subscribedEventTypes } from "../../lib/events/event-queues.ts";
import { forgetSecrets } from "../../lib/secrets/secrets.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";
import { loadProject } from "../../scripts/generate/load-project.ts";
import { stripeCommand } from "../../scripts/stripe/command.ts";
import { differencesOf, type Endpoint, endpointsAt } from "../../scripts/stripe/endpoint-check.ts";
import { runStripe } from "../../scripts/stripe/run.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { askedFor, runHere, spawned } from "../steps/commands.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const { workflows } = loadProject();

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
    [`webhook create --url ${URL_OF_API} --stage prod`, { action: "create", url: URL_OF_API }],
    [
      "webhook create --url http://localhost:3000/api/webhooks/stripe",
      { action: "create", url: "http://localhost:3000/api/webhooks/stripe" },
    ],
  ])("%s is understood", (words, expected) => {
    expect(askedFor(stripeCommand, words, new Date())).toEqual({ url: undefined, ...expected });
  });

  it.each([
    ["", "Name a command: webhook create, webhook check, webhook upgrade, webhook retire, account check"],
    ["webhook", 'Unknown command "webhook"'],
    ["webhook delete", 'Unknown command "webhook delete"; did you mean "webhook create"?'],
    ["webhook check we_1", "webhook check takes no arguments"],
    ["webhook check --color red", "--color"],
    ["account check --limit 0", "--limit"],
    ["account check cus_1", "account check takes no arguments"],
    ["webhook check --stage ../prod", "--stage must be the name of a stage"],
    ["webhook create --url api.shop.example", "--url must be the http or https address"],
    ["webhook create --url https://api.shop.example", "ending with /api/webhooks/stripe"],
    [`webhook create --url ${URL_OF_API}?a=1`, "--url must be"],
    [
      "webhook create --stage prod --url http://api.shop.example/api/webhooks/stripe",
      "must be the https address",
    ],
  ])("%s is refused: %s", (words, message) => {
    expect(() => askedFor(stripeCommand, words, new Date())).toThrow(message);
  });
});

describe("given the endpoints of an account", () => {
  const told = (...found: Endpoint[]) => differencesOf(found, WANTED).map(({ what }) => what);

  it("an endpoint with exactly the events of consumers, in any order, has no difference", () => {
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
      { enabled_events: ["terminal.reader.action_failed", ...inLine.enabled_events] },
      ["we_1 gets terminal.reader.action_failed, which has no consumer"],
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
      [`we_1 gets events of the account's default API version, not ${STRIPE_API_VERSION}`],
    ],
  ])("%s: the difference is reported", (_what, change, expected) => {
    expect(told({ ...inLine, ...change })).toEqual(expected);
  });

  it("a missing endpoint and a second endpoint are reported", () => {
    expect(told()).toEqual(["The webhook endpoint does not exist"]);
    expect(told(inLine, { ...inLine, id: "we_2" })).toEqual([
      expect.stringContaining("we_2 has the same address"),
    ]);
  });

  it("without an address, endpoints with the webhook's path are selected", () => {
    const other = { ...inLine, url: "https://other.example/hook" };
    expect(endpointsAt([other, inLine], undefined)).toEqual([inLine]);
    expect(endpointsAt([other, inLine], other.url)).toEqual([other]);
  });
});

describe("given an account at Stripe", () => {
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
    Object.assign(process.env, {
      STRIPE_EMULATOR_PORT: String(emulator.port),
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_SSM: ssm.url,
    });
  });
  afterAll(async () => {
    await emulator.close();
    await ssm.close();
  });
  beforeEach(async () => {
    delete process.env.STRIPE_SECRET_KEY;
    forgetSecrets();
    await fetch(`${emulator.url}/_emulator/reset`, { method: "POST" });
  });

  const asked = subscribedEventTypes(awaitedEvents(workflows));
  const run = (words: string) => runHere(stripeCommand, runStripe, `webhook ${words}`);
  const endpoints = async () => (await stripe.webhookEndpoints.list()).data;

  it("create creates the endpoint and shows its secret once; check finds it correct; create again does not change it", async () => {
    const made = await run("create");
    expect(made).toMatchObject({ status: 0, out: expect.stringMatching(/^whsec_\w+\n$/) });
    expect(made.err).toContain("Put it into .env as STRIPE_WEBHOOK_SECRET");
    expect(made.err).not.toContain(made.out.trim());
    const [endpoint, ...others] = await endpoints();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({
      url: "http://localhost:3000/api/webhooks/stripe",
      api_version: STRIPE_API_VERSION,
      status: "enabled",
    });
    expect(endpoint?.enabled_events.toSorted()).toEqual(asked);

    expect(await run("check")).toMatchObject({
      status: 0,
      out: expect.stringContaining(
        `${endpoint?.id} for http://localhost:3000/api/webhooks/stripe is configured correctly`,
      ),
      err: "",
    });
    expect(await run("create")).toMatchObject({ status: 0, out: "" });
    expect(await endpoints()).toEqual([endpoint]);
  });

  it("check ends with 1 and names the differences; create fixes the endpoint and keeps its secret", async () => {
    const { id } = await stripe.webhookEndpoints.create({
      url: URL_OF_API,
      api_version: STRIPE_API_VERSION,
      enabled_events: ["payment_intent.succeeded", "terminal.reader.action_failed", "charge.updated"],
    });
    // More than one page of endpoints of other products.
    for (let count = 0; count < 101; count++) {
      await stripe.webhookEndpoints.create({ url: `https://other.example/${count}`, enabled_events: ["*"] });
    }
    await stripe.webhookEndpoints.update(id, { disabled: true });
    const checked = await run(`check --url ${URL_OF_API}`);
    expect(checked).toMatchObject({ status: 1, out: "" });
    expect(checked.err.trim().split("\n")).toHaveLength(asked.length - 1 + 3);
    expect(checked.err).toContain(
      `${id} does not get invoice.paid, which has a consumer. \`webhook create\` fixes`,
    );
    expect(checked.err).toContain(`${id} gets terminal.reader.action_failed, which has no consumer`);
    expect(checked.err).toContain(`${id} gets charge.updated, which repeats what other events say. `);
    expect(checked.err).toContain(`${id} is disabled`);

    expect(await run(`create --url ${URL_OF_API}`)).toMatchObject({
      status: 0,
      out: "",
      err: expect.stringContaining(`Fixed: ${id} gets terminal.reader.action_failed`),
    });
    expect(await run(`check --url ${URL_OF_API}`)).toMatchObject({ status: 0 });
  });

  it("with another API version, both commands end with 1, because Stripe cannot change it", async () => {
    await stripe.webhookEndpoints.create({
      url: URL_OF_API,
      api_version: "2025-03-31.basil",
      enabled_events: ["*"],
    });
    const made = await run(`create --url ${URL_OF_API}`);
    expect(made).toMatchObject({ status: 1, out: "" });
    expect(made.err).toContain("Stripe cannot change it: `webhook upgrade` creates a second endpoint");
    const checked = await run(`check --url ${URL_OF_API}`);
    expect(checked.err).toMatch(/^we_\w+ gets events of API version 2025-03-31.basil.*\n$/);
  });

  describe("with an endpoint in another API version", () => {
    const old = "2025-03-31.basil";
    const givenOld = () =>
      stripe.webhookEndpoints.create({
        url: URL_OF_API,
        api_version: old,
        enabled_events: [
          ...subscribedEventTypes(awaitedEvents(workflows)),
        ] as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
      });
    const versions = async () => (await endpoints()).map(({ api_version: version }) => version).sort();

    it("upgrade creates a second one in ours, and prints its secret and what to store until the old one is gone", async () => {
      await givenOld();
      const { status, out, err } = await run(`upgrade --url ${URL_OF_API}`);
      expect({ status, out }).toEqual({ status: 0, out: expect.stringMatching(/^whsec_\w+\n$/) });
      expect(err).toContain("STRIPE_WEBHOOK_SECRET=<new secret>,<old secret>");
      expect(await versions()).toEqual([old, STRIPE_API_VERSION]);
      const checked = await run(`check --url ${URL_OF_API}`);
      expect(checked).toMatchObject({ status: 1 });
      expect(checked.err).toMatch(
        /^we_\w+ has the same address .*: an upgrade is in progress.*webhook retire.*\n$/,
      );
    });

    it("a second upgrade creates no third one, and without one to upgrade from it says what to do", async () => {
      expect(await run(`upgrade --url ${URL_OF_API}`)).toMatchObject({
        status: 2,
        err: expect.stringContaining("`webhook create` creates it"),
      });
      await givenOld();
      await run(`upgrade --url ${URL_OF_API}`);
      expect(await run(`upgrade --url ${URL_OF_API}`)).toMatchObject({
        status: 0,
        out: "",
        err: expect.stringContaining("already gets events"),
      });
      expect(await versions()).toEqual([old, STRIPE_API_VERSION]);
    });

    it("retire deletes the old one, and only it", async () => {
      await givenOld();
      await run(`upgrade --url ${URL_OF_API}`);
      const { status, err } = await run(`retire --url ${URL_OF_API}`);
      expect(status).toBe(0);
      expect(err).toMatch(/Deleted we_\w+\.\nNow set STRIPE_WEBHOOK_SECRET in .env to the new secret alone/);
      expect(await versions()).toEqual([STRIPE_API_VERSION]);
      expect(await run(`check --url ${URL_OF_API}`)).toMatchObject({ status: 0 });
    });

    it("retire deletes nothing while the other one is missing or disabled", async () => {
      await givenOld();
      expect(await run(`retire --url ${URL_OF_API}`)).toMatchObject({
        status: 1,
        err: expect.stringContaining("Nothing was deleted"),
      });
      await run(`upgrade --url ${URL_OF_API}`);
      const made = (await endpoints()).find(({ api_version: version }) => version === STRIPE_API_VERSION);
      await stripe.webhookEndpoints.update(made?.id ?? "", { disabled: true });
      expect(await run(`retire --url ${URL_OF_API}`)).toMatchObject({
        status: 1,
        err: expect.stringMatching(/is disabled: it gets no events.*\nNothing was deleted/),
      });
      expect(await versions()).toEqual([old, STRIPE_API_VERSION]);
    });

    it("retire deletes nothing while an endpoint has not accepted an event", async () => {
      await givenOld();
      await run(`upgrade --url ${URL_OF_API}`);
      // Nothing responds at the address of the endpoints.
      await stripe.customers.create({ email: "ada@shop.example" });
      expect(await run(`retire --url ${URL_OF_API}`)).toMatchObject({
        status: 1,
        err: expect.stringMatching(/Nothing was deleted: an endpoint has not accepted 1 events .*evt_\w+/),
      });
      expect(await versions()).toEqual([old, STRIPE_API_VERSION]);
    });
  });

  it("--stage uses that stage's key, finds its endpoint by the path, and says where to put the secret", async () => {
    process.env.STRIPE_API_BASE = emulator.url;
    expect(await run("create --stage test")).toMatchObject({
      status: 2,
      err: expect.stringContaining("give the address of the API with --url"),
    });
    // In its own process, because the client of this process keeps its first key.
    const made = await spawned(
      "stripe",
      `webhook create --stage test --url ${URL_OF_API} --region eu-central-1`,
      { STRIPE_SECRET_KEY: "sk_live_of_this_shell", AWS_REGION: "", AWS_DEFAULT_REGION: "" },
    );
    expect(made).toMatchObject({ status: 0, out: expect.stringMatching(/^whsec_\w+\n$/) });
    expect(made.err).toContain(
      "--name /contractspec-stripe/test/STRIPE_WEBHOOK_SECRET --value <secret> --region eu-central-1",
    );
    expect(await run("check --stage test")).toMatchObject({ status: 0 });
    expect(await endpoints()).toMatchObject([{ url: URL_OF_API, description: "contractspec-stripe test" }]);
  });

  it("several endpoints of this product without --url end it with 2 and a list of them", async () => {
    const urls = [URL_OF_API, "https://api.other.example/api/webhooks/stripe"];
    for (const url of urls) await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
    const { status, err } = await run("check --stage test");
    expect({ status, named: urls.filter((url) => err.includes(url)) }).toEqual({ status: 2, named: urls });
  });

  it("a mistake ends it with 2 and the usage", async () => {
    expect(await run("delete")).toEqual({
      status: 2,
      out: "",
      err: expect.stringMatching(
        /^Unknown command "webhook delete"[\s\S]*npm run -s stripe -- webhook check/,
      ),
    });
  });

  it("an unknown stage ends it with 2, and the message says where it looked for the key", async () => {
    const { status, out, err } = await spawned("stripe", "webhook check --stage nowhere");
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain("/contractspec-stripe/nowhere/STRIPE_SECRET_KEY does not exist");
    expect(err).toContain(`Called: SSM, ${ssm.url}\nIs nowhere deployed in that region (--region)`);
  });

  it("a wrong .env ends it with 2 before Stripe is called", async () => {
    process.env.STRIPE_SECRET_KEY = "sk_live_51abc";
    expect(await run("check")).toEqual({
      status: 2,
      out: "",
      err: expect.stringContaining("STRIPE_SECRET_KEY is a live key"),
    });
  });

  it("as a process without a stack, it ends with 2, says what it called and what to do, and shows no stack trace", async () => {
    const { status, out, err } = await spawned("stripe", "webhook check", {
      STRIPE_API_BASE: "",
      STRIPE_SECRET_KEY: "",
      STRIPE_EMULATOR_PORT: "1",
    });
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain("Called: Stripe, http://127.0.0.1:1\nIs the local stack running (npm start)?");
    expect(err).not.toMatch(/ {4}at /);
  });

  it("package.json runs it, and installs missing dependencies first", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(scripts).toMatchObject({
      stripe: "npm run -s preflight && npm run -s stripe:run --",
      "stripe:run": "node scripts/stripe.ts",
    });
  });
});
