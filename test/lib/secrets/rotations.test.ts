/**
 * Each secret is rotated as docs/deploy.md says, while calls and events arrive. In between two steps, instances with the old and
 * with the new parameter run at the same time. The webhook's secret is rotated in test/functions/stripe-webhook/rotation.test.ts.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import fc from "fast-check";
import { handler as authorizer } from "../../../functions/authorizer/handler.ts";
import { handler as consumer } from "../../../functions/on-payment-intent-event/handler.ts";
import { handler as payPage } from "../../../functions/pay-page/handler.ts";
import { handler as webhook } from "../../../functions/stripe-webhook/handler.ts";
import { handler as capability } from "../../../generated/handlers/stripe-create-payment-intent.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { createApiKey, rotateApiKey } from "../../../lib/identity/api-keys.ts";
import { passOn } from "../../../local/pass-on.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { signatureHeader } from "../../steps/signed.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { takenMessages } from "../../steps/taken-messages.ts";

const OLD = "the-old-secret-of-the-app";
const NEW = "the-new-secret-of-the-app";
/** What APP_SECRET is set to, one after another. The last step comes when nothing is left that the old secret has sealed. */
const STEPS = [OLD, `${OLD},${NEW}`, `${NEW},${OLD}`];

given.localAws();
given.capturedLog();
let emulator: StripeEmulator;
let stripe: ReturnType<typeof emulatorClient>;
/** Stripe, which refuses keys that have expired. */
let front: LoopbackServer;
const expired = new Set<string>();
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  stripe = emulatorClient(emulator.url);
  front = await loopbackServer(async (request, body, response) => {
    const key = String(request.headers.authorization).replace("Bearer ", "");
    if (expired.has(key))
      return answerJson(response, 401, { error: { type: "invalid_request_error", code: "api_key_expired" } });
    const answer = await passOn(emulator.url, request, body);
    return response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  Object.assign(process.env, {
    STRIPE_API_BASE: front.url,
    STRIPE_SECRET_KEY: "sk_test_old",
    STRIPE_PUBLISHABLE_KEY: "pk_test_local",
    STRIPE_WEBHOOK_SECRET: "whsec_local",
  });
});
afterAll(async () => {
  await front.close();
  await emulator.close();
});

/** Runs `work` in an instance of a function that has started with this APP_SECRET. */
function within<T>(appSecret: string, work: () => Promise<T>): Promise<T> {
  process.env.APP_SECRET = appSecret;
  return work();
}

type Handler = (event: ReturnType<typeof given.httpEvent>, context: Context) => Promise<unknown>;

interface Called {
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A payment, made with the key: the authorizer and the capability are instances of their own. */
async function pay(
  apiKey: string,
  [first, second]: readonly [string, string],
  key: string = randomUUID(),
  handler: Handler = capability,
): Promise<Called> {
  const headers = { authorization: `Bearer ${apiKey}`, "idempotency-key": key };
  const path = "/api/capabilities/stripe-create-payment-intent";
  const request = given.httpEvent({ path, headers, authorizer: null });
  const { context } = await within(first, () =>
    authorizer(
      Object.assign({}, Object(request), { identitySource: [headers.authorization] }),
      given.lambdaContext(),
    ),
  );
  const event = given.httpEvent({
    ...{ path, headers, body: { amount: 4200 }, unsigned: true },
    authorizer: { ...context },
  });
  const response = await within(second, () => handler(event, given.lambdaContext()));
  const { statusCode, body } = JSON.parse(JSON.stringify(response));
  expect([statusCode, body]).toEqual([200, expect.any(String)]);
  return { key, body: JSON.parse(body) };
}

/** Stripe's newest event of the payment comes in. */
async function eventArrives(paymentIntentId: unknown, appSecret: string): Promise<void> {
  const events = await stripe.eventsSince(0);
  const event = events.findLast((one) => JSON.stringify(one).includes(`"id":"${String(paymentIntentId)}"`));
  const body = JSON.stringify(event);
  const headers = { "stripe-signature": signatureHeader(body, ["whsec_local"]) };
  const { statusCode } = await within(appSecret, () =>
    webhook(given.httpEvent({ headers, body, authorizer: null }), given.lambdaContext()),
  );
  expect(statusCode).toBe(200);
}

/** A consumer handles everything that waits. Fails if it refuses a message. */
async function consume(appSecret: string): Promise<void> {
  const queueUrl = String(process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL);
  const messages = await takenMessages(queueUrl);
  const Records = messages.map(({ body, attributes }) => sqsRecord("payment-intent", body, { attributes }));
  const handle: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> = consumer;
  expect(await within(appSecret, () => handle({ Records }, given.lambdaContext(20_000)))).toEqual({
    batchItemFailures: [],
  });
}

async function payerOpens(payUrl: unknown, appSecret: string): Promise<void> {
  const token = String(payUrl).split("/pay/")[1] ?? "";
  const event = given.httpEvent({
    ...{ method: "GET", path: `/pay/${token}`, pathParameters: { token } },
    authorizer: null,
  });
  const response = await within(appSecret, () => payPage(event, given.lambdaContext()));
  expect(JSON.parse(JSON.stringify(response)).statusCode).toBe(200);
}

/** The key of a principal of its own: what policies count, each try begins at nothing. */
const aKey = async () =>
  (await createApiKey({ id: `shop-${randomUUID()}`, roles: ["checkout"] }, {}, new Date())).key;

/** What happens while a deployment replaces instances; each number picks one of the two parameters. */
const happening = fc.record({
  what: fc.constantFrom("call", "repeat", "event", "consume", "link"),
  by: fc.tuple(fc.boolean(), fc.boolean()),
});

describe("given APP_SECRET that is rotated as docs/deploy.md describes it", () => {
  it("no call, repeated call, event or link is refused, in any order, by instances of either step", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(happening, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 2 }),
        async (deployments) => {
          const apiKey = await aKey();
          const [before = OLD] = STEPS;
          const called: Called[] = [await pay(apiKey, [before, before])];
          const recent = () => called.at(-1)?.body ?? {};
          const announced = new Set<unknown>();
          for (const [step, happenings] of deployments.entries()) {
            const either = (isNew: boolean) => STEPS[isNew ? step + 1 : step] ?? "";
            for (const { what, by } of happenings) {
              const [first, second] = [either(by[0]), either(by[1])] as const;
              if (what === "call") called.push(await pay(apiKey, [first, second]));
              else if (what === "repeat") {
                const [earliest] = called;
                const again = await pay(apiKey, [first, second], earliest?.key);
                expect(again.body).toEqual(earliest?.body);
              } else if (what === "event") {
                announced.add(recent().paymentIntentId);
                await eventArrives(recent().paymentIntentId, first);
              } else if (what === "consume") await consume(first);
              else for (const { body } of called) await payerOpens(body.payUrl, first);
            }
          }
          await consume(STEPS.at(-1) ?? "");
          for (const objectId of announced)
            expect(await getItem("StripeObjectsTable", { objectId })).toMatchObject({ objectId });
        },
      ),
      { numRuns: tries({ sample: 3, whole: 200 }) },
    );
  });

  it("without the step in between, instances that do not know the new secret refuse what it has sealed", async () => {
    const apiKey = await aKey();
    await expect(pay(apiKey, [`${NEW},${OLD}`, OLD])).rejects.toThrow("401");
  });
});

/** The capability in an instance of its own, which has started with this key of Stripe's. */
async function instanceWith(key: string): Promise<Handler> {
  let loaded: Handler | undefined;
  await jest.isolateModulesAsync(async () => {
    loaded = (await import("../../../generated/handlers/stripe-create-payment-intent.ts")).handler;
  });
  if (loaded === undefined) throw new Error("The capability was not loaded");
  const handler = loaded;
  return (event, context) => {
    process.env.STRIPE_SECRET_KEY = key;
    return handler(event, context);
  };
}

describe("given Stripe's key that is replaced", () => {
  it("calls succeed with instances of both keys, and a repeated call pays once, until the old key expires at Stripe", async () => {
    const apiKey = await aKey();
    const both = [OLD, OLD] as const;
    const [before, after] = [await instanceWith("sk_test_old"), await instanceWith("sk_test_new")];
    const count = async () => (await stripe.control("GET", "state")).counts.payment_intent;
    const first = await pay(apiKey, both, undefined, before);
    const made = await count();
    expect((await pay(apiKey, both, first.key, after)).body).toEqual(first.body);
    await pay(apiKey, both, undefined, after);
    await pay(apiKey, both, undefined, before);
    expect(await count()).toBe(made + 2);
    expired.add("sk_test_old");
    await pay(apiKey, both, undefined, after);
    await expect(pay(apiKey, both, undefined, before)).rejects.toThrow("502");
    expired.clear();
  });
});

describe("given an API key that is rotated", () => {
  it("the old and the new key work for the same principal, and share the keys of its calls", async () => {
    const { key: old, record } = await createApiKey({ id: "till", roles: ["checkout"] }, {}, new Date());
    const both = [OLD, OLD] as const;
    const first = await pay(old, both);
    const { key: renewed } = await rotateApiKey(record.keyId, { graceSeconds: 3600 }, new Date());
    expect((await pay(renewed, both, first.key)).body).toEqual(first.body);
    await pay(old, both);
    await pay(renewed, both);
  });
});
