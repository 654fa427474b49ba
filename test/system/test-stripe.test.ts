/** `npm run test:stripe`, with a second emulator in the place of Stripe. */
import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { testStripeCommand } from "../../scripts/test-stripe/command.ts";
import { formOf } from "../../scripts/test-stripe/compare.ts";
import { runTestStripe } from "../../scripts/test-stripe/run.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { runHere } from "../steps/commands.ts";

type Body = Record<string, unknown>;
/** Changes what "Stripe" responds to a request. */
type Plant = (request: { method: string; path: string }, body: Body) => void;

let second: StripeEmulator;
let plants: Plant[] = [];
let base = "";
const stopping: (() => Promise<unknown>)[] = [];
const environment = { ...process.env };

beforeAll(async () => {
  second = await startStripeEmulator({ port: 0 });
  stopping.push(() => second.close());
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const method = request.method ?? "GET";
    const type = request.headers["content-type"];
    const forwarded = await fetch(`${second.url}${request.url}`, {
      method,
      headers: {
        authorization: String(request.headers.authorization),
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body: Body = JSON.parse(await forwarded.text());
    const path = String(request.url).split("?")[0] ?? "";
    for (const plant of plants) plant({ method, path }, body);
    response.writeHead(forwarded.status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  stopping.push(() => new Promise((resolve) => proxy.close(resolve)));
  const address = proxy.address();
  base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterAll(async () => {
  for (const stop of stopping.reverse()) await stop();
});
afterEach(() => {
  plants = [];
  process.env = { ...environment };
});

function compare(only?: string) {
  Object.assign(process.env, { STRIPE_SECRET_KEY: "sk_test_real", STRIPE_API_BASE: base });
  return runHere(testStripeCommand, runTestStripe, only === undefined ? [] : ["--only", only]);
}

describe("given a test key", () => {
  it("two emulators do not differ in any request of the whole suite", async () => {
    const { status, out, err } = await compare();
    expect(err).toBe("");
    expect(out).toMatch(/^\d+ scenarios, \d{3} requests: no difference between the emulator and http/);
    expect(status).toBe(0);
  });

  const onPayment: (change: (body: Body) => void) => Plant = (change) => (request, body) => {
    if (request.method === "POST" && request.path === "/v1/payment_intents") change(body);
  };
  it.each<[string, string, string, Plant]>([
    [
      "another amount",
      "a payment",
      "payment: amount: the emulator 2000, Stripe 2001",
      onPayment((body) => {
        body.amount = 2001;
      }),
    ],
    [
      "a missing field",
      "a payment",
      "payment: livemode: the emulator false, Stripe has no such field",
      onPayment((body) => {
        delete body.livemode;
      }),
    ],
    [
      "a field more",
      "a payment",
      'payment: colour: the emulator has no such field, Stripe "red"',
      onPayment((body) => {
        body.colour = "red";
      }),
    ],
    [
      "another type, deep inside",
      "a payment",
      'payment: metadata.order: the emulator "7", Stripe 7',
      onPayment((body) => {
        body.metadata = { order: 7 };
      }),
    ],
    [
      "a time that is a text",
      "a payment",
      "payment: created: the emulator",
      onPayment((body) => {
        body.created = "today";
      }),
    ],
    [
      "null in place of a secret",
      "a payment",
      "payment: client_secret: the emulator",
      onPayment((body) => {
        body.client_secret = null;
      }),
    ],
    [
      "an id of another kind",
      "a payment that is canceled",
      "canceled: id: the emulator",
      ({ path }, body) => {
        if (path.endsWith("/cancel") && "id" in body) body.id = "xx_1ABCDEFGH2";
      },
    ],
    [
      "another code of an error",
      "a decline: generic",
      'payment: error.code: the emulator "card_declined", Stripe "expired_card"',
      (_request, body) => {
        if ("error" in body) Object.assign(Object(body.error), { code: "expired_card" });
      },
    ],
    [
      "a list with an item less",
      "cards of a customer",
      "cards: data[0]: the emulator",
      ({ path }, body) => {
        if (path.endsWith("/payment_methods")) body.data = [];
      },
    ],
    [
      "an event that is missing",
      "a payment that is canceled",
      "events: only the emulator has payment_intent.canceled",
      ({ path }, body) => {
        if (path === "/v1/events")
          body.data = eventsOf(body).filter(({ type }) => type !== "payment_intent.canceled");
      },
    ],
    [
      "events in another order",
      "a payment that is canceled",
      "events: the order differs: the emulator payment_intent.created",
      ({ path }, body) => {
        if (path === "/v1/events") eventsOf(body).reverse();
      },
    ],
  ])("%s is printed", async (_what, only, printed, plant) => {
    plants = [plant];
    const { status, out } = await compare(only);
    expect(status).toBe(1);
    expect(out).toContain(`${only}: ${printed}`);
  });

  it("every planted difference is printed, and nothing else", async () => {
    const names = [
      "amount",
      "currency",
      "description",
      "status",
      "object",
      "amount_received",
      "confirmation_method",
    ];
    plants = [
      onPayment((body) => Object.assign(body, Object.fromEntries(names.map((name) => [name, "planted"])))),
    ];
    const { out } = await compare("a payment that is canceled");
    const lines = out
      .trim()
      .split("\n")
      .slice(0, -1)
      .filter((line) => !line.includes(": Stripe: payment: "));
    expect(lines.map((line) => /payment: (\w+):/.exec(line)?.[1]).sort()).toEqual([...names].sort());
  });

  it("secrets are never printed", async () => {
    plants = [
      onPayment((body) => {
        body.client_secret = 5;
      }),
    ];
    const { out } = await compare("a payment that is canceled");
    expect(out).toContain("_secret_...");
    expect(out).not.toMatch(/_secret_\w/);
  });

  it("the address that does not respond is named, and the command ends with 2", async () => {
    Object.assign(process.env, { STRIPE_SECRET_KEY: "sk_test_real", STRIPE_API_BASE: "http://127.0.0.1:9" });
    const { status, err } = await runHere(testStripeCommand, runTestStripe, ["--only", "a customer"]);
    expect([status, err]).toEqual([2, expect.stringContaining("http://127.0.0.1:9")]);
  });
});

describe("given no key", () => {
  it("the suite runs against the emulator only, says so, and does not claim to have passed", async () => {
    delete process.env.STRIPE_SECRET_KEY;
    const { status, out } = await runHere(testStripeCommand, runTestStripe, "");
    expect(status).toBe(0);
    expect(out).toContain("ran against the emulator only, because STRIPE_SECRET_KEY is not set");
    expect(out).not.toMatch(/passed/i);
  });
});

describe("given a wrong setting, nothing is sent and the command ends with 2", () => {
  it.each([
    ["a live key", { STRIPE_SECRET_KEY: "sk_live_1" }, "live key"],
    ["a restricted live key", { STRIPE_SECRET_KEY: "rk_live_1" }, "live key"],
    ["a publishable key", { STRIPE_SECRET_KEY: "pk_test_1" }, "test key"],
    [
      "an address that is not https",
      { STRIPE_SECRET_KEY: "sk_test_1", STRIPE_API_BASE: "http://stripe.example" },
      "https",
    ],
  ])("%s", async (_what, settings, said) => {
    Object.assign(process.env, settings);
    const { status, out, err } = await runHere(testStripeCommand, runTestStripe, "");
    expect([status, out, err]).toEqual([2, "", expect.stringContaining(said)]);
    expect(err).not.toContain("_live_1");
  });

  it("no scenario of that name", async () => {
    const { status, err } = await runHere(testStripeCommand, runTestStripe, ["--only", "nothing like this"]);
    expect([status, err]).toEqual([2, expect.stringContaining("No scenario")]);
  });
});

describe("given values", () => {
  it("ids are compared by their prefix, times by being times, and other values as they are", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z]{4}[0-9][A-Za-z0-9]{9}$/),
        fc.integer({ min: 1e9, max: 4e9 }),
        (rest, time) => {
          expect(formOf("id", `pi_${rest}`)).toBe("<pi>");
          expect(formOf("url", `/v1/subscription_items?subscription=sub_${rest}`)).toBe(
            "/v1/subscription_items?subscription=<sub>",
          );
          expect(formOf("created", time)).toBe("<time>");
          expect(formOf("amount", time)).toBe(String(time));
          expect(formOf("client_secret", `pi_${rest}_secret_${rest}`)).toBe("<secret>");
        },
      ),
    );
    expect(formOf("status", "requires_payment_method")).toBe("requires_payment_method");
    expect(formOf("collection_method", "charge_automatically")).toBe("charge_automatically");
  });
});

function eventsOf(body: Body): { type: string }[] {
  return Array.isArray(body.data) ? body.data : [];
}
