/**
 * R3: two hundred concurrent POSTs with one Idempotency-Key, over HTTP, to the real handler with real emulated
 * services. One process serves them all, because the local stack starts a worker for each overlapping request. Two
 * cores cannot do that two hundred times within a function's timeout.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { handler } from "../generated/handlers/stripe-create-payment-intent.ts";
import { type StripeEmulator, startStripeEmulator } from "../stripe-emulator/index.ts";
import { tries } from "./steps/effort.ts";
import * as given from "./steps/given.ts";
import { type LoopbackServer, loopbackServer } from "./steps/loopback-server.ts";

given.localAws();
let stripe: StripeEmulator;
let api: LoopbackServer;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
  api = await loopbackServer(async ({ headers }, body, response) => {
    const event = given.httpEvent({
      body,
      headers: {
        "content-type": String(headers["content-type"]),
        "idempotency-key": String(headers["idempotency-key"]),
      },
    });
    const answer = JSON.parse(JSON.stringify(await handler(event, given.lambdaContext(25_000))));
    response.writeHead(answer.statusCode, answer.headers).end(answer.body);
  });
});
afterAll(async () => {
  await api.close();
  await stripe.close();
});

const CALLS = tries({ sample: 30, whole: 200 });

it(`given ${CALLS} concurrent POSTs with one key, Stripe is called once, and each POST gets its response or a 409`, async () => {
  const key = randomUUID();
  const post = async () => {
    const answer = await fetch(api.url, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ amount: 4200 }),
    });
    const isReplayed = answer.headers.get("idempotency-replayed") === "true";
    const retryAfter = Number(answer.headers.get("retry-after"));
    return { status: answer.status, body: await answer.text(), isReplayed, retryAfter };
  };
  const answers = await Promise.all(Array.from({ length: CALLS }, post));
  answers.push(await post());

  const given = answers.filter(({ status }) => status === 200);
  expect(given.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
  expect(new Set(given.map(({ body }) => body)).size).toBe(1);
  expect(answers.at(-1)).toMatchObject({ status: 200, isReplayed: true });
  for (const { status, retryAfter } of answers.filter((answer) => answer.status !== 200)) {
    expect([status, retryAfter > 0]).toEqual([409, true]);
  }
  const state = JSON.parse(await (await fetch(`${stripe.url}/_emulator/state`)).text());
  expect(state.counts.payment_intent).toBe(1);
});
