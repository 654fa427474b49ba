/**
 * During every fault of Stripe: a clear response in time, the same idempotency key for a retry, and never a second
 * charge.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { handler as createCustomer } from "../generated/handlers/stripe-create-customer.ts";
import { handler as createPaymentIntent } from "../generated/handlers/stripe-create-payment-intent.ts";
import { type StripeEmulator, startStripeEmulator } from "../stripe-emulator/index.ts";
import * as given from "./steps/given.ts";
import * as when from "./steps/when.ts";

given.localAws();
let stripe: StripeEmulator;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
afterAll(async () => {
  await stripe.close();
});
beforeEach(() => control("POST", "reset", {}));

async function control(method: string, action: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${stripe.url}/_emulator/${action}`, init);
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text());
}
const orderFault = (fault: object) => control("POST", "faults", fault);
const countsAtStripe = async () => (await control("GET", "state")).counts;

/** Enough for a call on a busy machine: the call must fail because of Stripe, not for lack of time. */
const AMPLE_MS = 25_000;
/**
 * Enough for one attempt at Stripe, and for a response that says that it failed. When Stripe hangs, tests wait this
 * long.
 */
const SHORT_MS = 3_000;

async function call(handler: typeof createCustomer, body: object, key: string, remainingMs = AMPLE_MS) {
  const context = given.lambdaContext(remainingMs);
  const response = await when.callsForJson(handler, { body, headers: { "idempotency-key": key } }, context);
  expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0);
  return response;
}

/** Tries again with the same key, as a caller should, while the problem is retryable. */
async function untilAnswered(handler: typeof createCustomer, body: object, key: string) {
  for (let tries = 0; tries < 50; tries++) {
    const answer = await call(handler, body, key);
    if (answer.status === 200) return answer;
    expect(answer.body).toMatchObject({ retryable: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Fifty tries did not succeed");
}

const payment = { amount: 4200, currency: "usd" };
const creating = { method: "POST", path: "/v1/payment_intents" };

describe("given a fault while a payment intent is created", () => {
  // Faults occur twice when the SDK tries again by itself.
  it.each<[string, object, number, string]>([
    ["responds with 409", { kind: "status", status: 409, times: 2 }, 503, "SERVICE_UNAVAILABLE"],
    ["asks to slow down", { kind: "status", status: 429 }, 429, "RATE_LIMITED"],
    ["fails without an error", { kind: "status", status: 502, body: {}, times: 2 }, 502, "BAD_GATEWAY"],
    ["is down", { kind: "status", status: 503, times: 2 }, 502, "BAD_GATEWAY"],
    ["cuts the connection after the work", { kind: "reset_after_commit", times: 2 }, 502, "BAD_GATEWAY"],
    ["cuts the connection in the middle of the response", { kind: "truncate" }, 502, "BAD_GATEWAY"],
    ["stalls in the middle of the response", { kind: "stall", ms: 80_000 }, 504, "TIMEOUT"],
    ["hangs", { kind: "delay", ms: 2_500 }, 504, "TIMEOUT"],
  ])("when Stripe %s, retries with the same key create one intent", async (_what, fault, status, code) => {
    const key = randomUUID();
    await orderFault({ ...fault, match: creating });

    const remainingMs = code === "TIMEOUT" ? SHORT_MS : AMPLE_MS;
    const first = await call(createPaymentIntent, payment, key, remainingMs);
    expect(first).toMatchObject({
      status,
      body: { code, retryable: true, detail: expect.stringContaining("again") },
    });

    const answer = await untilAnswered(createPaymentIntent, payment, key);
    expect(answer.body.paymentIntentId).toMatch(/^pi_/);
    expect(await countsAtStripe()).toMatchObject({ payment_intent: 1 });

    const replayed = await call(createPaymentIntent, payment, key);
    expect(replayed).toMatchObject({ body: answer.body, headers: { "idempotency-replayed": "true" } });
  });

  it("when Stripe hangs for 80 seconds, the response is sent before the function times out", async () => {
    await orderFault({ kind: "delay", ms: 80_000, times: 5, match: creating });
    const answer = await call(createPaymentIntent, payment, randomUUID(), SHORT_MS);
    expect(answer).toMatchObject({ status: 504, body: { code: "TIMEOUT", retryable: true } });
  });

  it("when Stripe stores a 500 under our key, the problem stays retryable, and a new key creates one intent", async () => {
    const key = randomUUID();
    await orderFault({ kind: "status", status: 500, match: creating });
    for (const _again of [1, 2, 3]) {
      expect(await call(createPaymentIntent, payment, key)).toMatchObject({
        status: 502,
        body: { code: "BAD_GATEWAY", retryable: true },
      });
    }
    expect(await countsAtStripe()).toMatchObject({ payment_intent: 0 });
    expect(await call(createPaymentIntent, payment, randomUUID())).toMatchObject({ status: 200 });
    expect(await countsAtStripe()).toMatchObject({ payment_intent: 1 });
  });

  it("when Stripe refuses our key, the response does not say why", async () => {
    await orderFault({ kind: "status", status: 401, match: creating });
    const answer = await call(createPaymentIntent, payment, randomUUID());
    expect(answer).toMatchObject({ status: 502, body: { code: "BAD_GATEWAY" } });
    expect(JSON.stringify(answer)).not.toMatch(/key or|account|401|fault/i);
  });
});

describe("given a fault while a customer is found or created, which takes two calls", () => {
  it.each<[string, object[]]>([
    ["the first hangs", [{ kind: "delay", ms: 80_000, match: { method: "GET", path: "/v1/customers" } }]],
    ["the second hangs", [{ kind: "delay", ms: 2_500, match: { method: "POST", path: "/v1/customers" } }]],
    [
      "the first is slow and the second hangs",
      [
        { kind: "delay", ms: 1_000, match: { method: "GET", path: "/v1/customers" } },
        { kind: "delay", ms: 2_500, match: { method: "POST", path: "/v1/customers" } },
      ],
    ],
    [
      "the second is cut off after the work",
      [{ kind: "reset_after_commit", times: 2, match: { method: "POST", path: "/v1/customers" } }],
    ],
  ])("when %s, the call ends in time, and retries create one customer", async (_what, faults) => {
    const [key, email] = [randomUUID(), `${randomUUID()}@example.com`];
    await Promise.all(faults.map(orderFault));
    const first = await call(createCustomer, { email }, key, SHORT_MS);
    expect(first.body).toMatchObject({ retryable: true, code: expect.stringMatching(/TIMEOUT|BAD_GATEWAY/) });

    const answer = await untilAnswered(createCustomer, { email }, key);
    expect(answer.body.customerId).toMatch(/^cus_/);
    expect(await countsAtStripe()).toMatchObject({ customer: 1 });
  });
});
