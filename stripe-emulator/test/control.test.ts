import { request } from "node:http";
import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

const READ = { timeout: 300 };

describe("given the control interface", () => {
  it("it returns all objects, and a reset removes them", async () => {
    const { stripe, control } = await givenAnEmulator();
    const first = await stripe.customers.create({}, { idempotencyKey: "k" });
    expect((await control("state")).body).toMatchObject({
      counts: { customer: 1, event: 1, payment_intent: 0 },
      objects: { customer: [{ id: first.id }] },
    });
    const account = await stripe.accounts.retrieveCurrent();
    await control("reset", {});
    expect((await stripe.accounts.retrieveCurrent()).id).not.toBe(account.id);
    expect((await control("state")).body).toMatchObject({ counts: { customer: 0, event: 0 } });
    expect((await stripe.customers.create({}, { idempotencyKey: "k" })).id).not.toBe(first.id);
  });

  it.each([
    ["pay", {}, "card: expected a text, got nothing."],
    ["pay", { paymentIntent: "pi_1", card: "visa" }, "No such payment_intent"],
    ["pay", { intent: "pi_1" }, "body.intent: expected one of paymentIntent, card"],
    ["pay", [], "body: expected an object with paymentIntent, card"],
    ["clock", { advance: "1h" }, "advance: expected an integer from 1"],
    ["clock", { advance: -1 }, "advance: expected an integer from 1"],
    [
      "faults",
      { kind: "explode" },
      "fault.kind: expected one of status, delay, reset_after_commit, truncate",
    ],
    ["faults", { kind: "status", status: 200 }, "status: expected an integer from 400 to 599"],
    ["faults", { kind: "delay" }, "ms: expected an integer"],
    ["faults", { kind: "stall" }, "ms: expected an integer"],
    ["faults", { kind: "truncate", after: -1 }, "after: expected an integer from 0"],
    ["faults", [{ kind: "delay", ms: 1, match: { url: "/v1" } }], "fault.match.url"],
    [
      "faults",
      { kind: "delay", ms: 1, match: { type: "x" } },
      "fault.match.type: expected one of method, path",
    ],
    ["faults", { kind: "drop_webhooks", match: { path: "/v1" } }, "fault.match.path: expected one of type"],
    ["faults", { kind: "duplicate_webhooks" }, "copies: expected an integer from 1 to 1000"],
    ["faults", { kind: "delay_webhooks" }, "ms: expected an integer"],
    ["faults", { kind: "reorder_webhooks", seed: 0.5 }, "seed: expected an integer from 0"],
    ["faults", { kind: "webhook_outage", times: 2 }, "fault.times: expected one of kind, match, ms"],
  ])("the response to POST %s %j says what is wrong", async (action, body, message) => {
    const { control } = await givenAnEmulator();
    const response = await control(action, body);
    expect([400, 404]).toContain(response.status);
    expect(response.body.error?.message).toContain(message);
  });

  it("a card that is neither a number nor a payment method is refused", async () => {
    const { stripe, control } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    expect(await control("pay", { paymentIntent: intent.id, card: "visa" })).toMatchObject({ status: 400 });
    expect(await control("pay", { paymentIntent: intent.id, card: "pm_none" })).toMatchObject({
      status: 400,
    });
  });

  it("it announces no time after which it closes a connection: it never closes one that a request could still use", async () => {
    const { emulator } = await givenAnEmulator();
    const { headers } = await fetch(`${emulator.url}/_emulator/state`);
    expect([headers.get("connection"), headers.get("keep-alive")]).toEqual(["keep-alive", null]);
  });

  it("the response to an unknown action lists all actions", async () => {
    const { control } = await givenAnEmulator();
    const response = await control("launch", {});
    expect(response.status).toBe(404);
    expect(response.body.error?.message).toContain("POST pay");
    expect((await control("events/evt_none/resend", {})).status).toBe(404);
  });
});

describe("given a fault", () => {
  it("it strikes as often as ordered, only requests that match, with the given body", async () => {
    const { stripe, control } = await givenAnEmulator();
    const body = { error: { type: "api_error", message: "Down for a moment." } };
    await control("faults", [
      { kind: "status", status: 503, times: 2, match: { method: "POST", path: "/v1/cust*" }, body },
    ]);
    await expect(stripe.products.create({ name: "P" })).resolves.toBeDefined();
    await expect(stripe.customers.list()).resolves.toBeDefined();
    expect((await errorOf(stripe.customers.create())).message).toBe("Down for a moment.");
    expect((await control("faults")).body.faults).toMatchObject([{ times: 1 }]);
    expect((await errorOf(stripe.customers.create())).statusCode).toBe(503);
    await expect(stripe.customers.create()).resolves.toBeDefined();
  });

  it("it lets as many matching requests through before as it is told", async () => {
    const { stripe, control } = await givenAnEmulator();
    await control("faults", { kind: "status", status: 503, after: 2, match: { path: "/v1/customers" } });
    await stripe.customers.create();
    await stripe.products.create({ name: "P" });
    await stripe.customers.create();
    expect((await errorOf(stripe.customers.create())).statusCode).toBe(503);
    await expect(stripe.customers.create()).resolves.toBeDefined();
  });

  it.each([
    ["truncate", { kind: "truncate" }, "Failed to read the response body"],
    ["stall", { kind: "stall", ms: 60_000 }, "Failed to read the response body"],
    ["reset_after_commit", { kind: "reset_after_commit", times: 2 }, "socket hang up"],
  ])("after a %s the work is done, and the same key returns its response", async (_kind, fault, detail) => {
    const { stripe, control } = await givenAnEmulator();
    await control("faults", { ...fault, match: { method: "POST" } });
    const options = { idempotencyKey: "k", timeout: 300 };
    const error = await errorOf(stripe.customers.create({ name: "Ada" }, options));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(String(error.detail)).toContain(detail);
    const customer = await stripe.customers.create({ name: "Ada" }, options);
    expect((await stripe.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
  });

  it("all faults can be taken back", async () => {
    const { stripe, control } = await givenAnEmulator();
    await control("faults", { kind: "status", status: 500, times: 100 });
    await control("faults", undefined, "DELETE");
    await expect(stripe.customers.create()).resolves.toBeDefined();
  });

  it("the faults of one kind can be taken back", async () => {
    const { control } = await givenAnEmulator();
    await control("faults", [{ kind: "status", status: 500 }, { kind: "drop_webhooks" }]);
    const { body } = await control("faults/drop_webhooks", undefined, "DELETE");
    expect(body.faults).toMatchObject([{ kind: "status" }]);
    expect((await control("faults/dorp_webhooks", undefined, "DELETE")).status).toBe(400);
  });

  it.each<[string, object, (stripe: Stripe, id: string) => Promise<unknown>]>(
    [
      { kind: "status", status: 429 },
      { kind: "status", status: 500 },
      { kind: "reset_after_commit", times: 2 },
      { kind: "truncate" },
      { kind: "stall", ms: 60_000 },
    ].flatMap((fault): [string, object, (stripe: Stripe, id: string) => Promise<unknown>][] => [
      [
        "GET /v1/events",
        { ...fault, match: { method: "GET", path: "/v1/events" } },
        (stripe) => stripe.events.list({ limit: 100 }, READ),
      ],
      [
        "GET of one object",
        { ...fault, match: { method: "GET", path: "/v1/customers/*" } },
        (stripe, id) => stripe.customers.retrieve(id, {}, READ),
      ],
    ]),
  )("%s fails once under %j", async (_what, fault, read) => {
    const { stripe, control } = await givenAnEmulator();
    const { id } = await stripe.customers.create();
    await control("faults", fault);
    expect(await errorOf(read(stripe, id))).toBeInstanceOf(Stripe.errors.StripeError);
    await expect(read(stripe, id)).resolves.toBeDefined();
  });
});

describe("given a web page that a developer visits", () => {
  const call = (port: number, path: string, headers: Record<string, string>, body = ""): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.once("error", reject).end(body);
    });
  const json = { "content-type": "application/json" };
  const authorization = "Bearer sk_test_local";

  it.each(["/_emulator/reset", "/_emulator/clock", "/v1/customers", "/_emulator/3ds/pi_1"])(
    "it cannot call %s: not from its origin, and not under its own name for 127.0.0.1",
    async (path) => {
      const { emulator } = await givenAnEmulator();
      for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${emulator.port + 1}`]) {
        expect(await call(emulator.port, path, { ...json, authorization, origin })).toBe(403);
      }
      const host = `evil.example:${emulator.port}`;
      expect(await call(emulator.port, path, { ...json, authorization, host })).toBe(403);
      expect(await call(emulator.port, path, { ...json, host, origin: `http://${host}` })).toBe(403);
    },
  );

  it("the emulator's own pages, and programs under every name of loopback, can", async () => {
    const { emulator } = await givenAnEmulator();
    for (const name of ["127.0.0.1", "localhost", "[::1]"]) {
      const host = `${name}:${emulator.port}`;
      expect(await call(emulator.port, "/_emulator/reset", { ...json, host }, "{}")).toBe(200);
      expect(
        await call(emulator.port, "/v1/customers", { host, authorization, origin: `http://${host}` }),
      ).toBe(200);
    }
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"])(
    "the control interface refuses a body of the type %s, which a page may send without asking first",
    async (type) => {
      const { emulator } = await givenAnEmulator();
      expect(await call(emulator.port, "/_emulator/reset", { "content-type": type }, "{}")).toBe(415);
      expect(await call(emulator.port, "/_emulator/reset", { "content-type": type })).toBe(415);
      expect(await call(emulator.port, "/_emulator/clock", {}, '{"advance":1}')).toBe(415);
    },
  );
});
