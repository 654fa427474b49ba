/** Bad input to the real handlers: a clear problem at the field's path, never a 5xx, and nothing done anywhere. */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler as sendEmail } from "../functions/send-email/handler.ts";
import { handler as startWorkflowRun } from "../functions/start-workflow-run/handler.ts";
import { handler as createCustomer } from "../functions/stripe-create-customer/handler.ts";
import { handler as createPaymentIntent } from "../functions/stripe-create-payment-intent/handler.ts";
import { handler as createSubscription } from "../functions/stripe-create-subscription/handler.ts";
import { PROBLEM_KINDS } from "../lib/errors.ts";
import type { Emulator } from "../local/emulator-thread.ts";
import type { Emulators } from "../local/emulators.ts";
import { startStepFunctions } from "../local/step-functions.ts";
import { type StripeEmulator, startStripeEmulator } from "../local/stripe/server.ts";
import { writtenCardNumber } from "./lib/contract/card-numbers.ts";
import { type HttpCall, httpEvent, lambdaContext, localAws } from "./steps/given.ts";

let aws: Emulators;
let stripe: StripeEmulator;
let stepFunctions: Emulator;
let dynamodb: DynamoDBClient;
const started: string[] = [];
beforeAll(async () => {
  aws = await localAws();
  stripe = await startStripeEmulator({ port: 0 });
  const prefix = "arn:aws:states:us-east-1:000000000000:stateMachine:";
  stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: [
      {
        name: "process-payment",
        arn: `${prefix}process-payment`,
        roleArn: "arn:aws:iam::000000000000:role/none",
        createdAt: new Date(),
        definition: { StartAt: "done", States: { done: { Type: "Pass", End: true } } },
      },
    ],
    invoke: async (name) => {
      started.push(name);
      return { outcome: "answered", payload: {} };
    },
  });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: prefix,
    PUBLIC_URL: "https://pay.example.com",
    EMAIL_FROM: "shop@example.com",
  });
  dynamodb = new DynamoDBClient({});
});
afterAll(async () => {
  dynamodb.destroy();
  await stepFunctions.close();
  await stripe.close();
  await aws.close();
});

type Handler = (
  event: ReturnType<typeof httpEvent>,
  context: ReturnType<typeof lambdaContext>,
) => Promise<unknown>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "stripe-create-payment-intent": createPaymentIntent,
  "stripe-create-customer": createCustomer,
  "stripe-create-subscription": createSubscription,
  "send-email": sendEmail,
  "process-payment": startWorkflowRun,
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

async function answerOf(handler: Handler | undefined, call: HttpCall): Promise<Answer> {
  const event = httpEvent({
    pathParameters: { workflowId: "process-payment" },
    ...call,
    headers: { "idempotency-key": randomUUID(), ...call.headers },
  });
  const answer: unknown = await handler?.(event, lambdaContext(20_000));
  const { statusCode, headers, body } = JSON.parse(JSON.stringify(answer));
  return { status: statusCode, headers, body: JSON.parse(body) };
}

/** All that a call could have done: objects and events at Stripe, items in the tables, mails. */
async function traces(): Promise<unknown> {
  const state = JSON.parse(await (await fetch(`${stripe.url}/_emulator/state`)).text());
  const tables = ["IdempotencyKeysTable", "CustomersTable"].map(async (TableName) => {
    const { Count } = await dynamodb.send(new ScanCommand({ TableName }));
    return [TableName, Count];
  });
  const mails = await (await fetch(`${aws.endpoints.ses}/store`)).text();
  return { stripe: state.counts, tables: await Promise.all(tables), mails: JSON.parse(mails).emails?.length };
}

const json = (body: string): HttpCall => ({ body, headers: { "content-type": "application/json" } });
const pay = (fields: object): HttpCall => ({ body: { amount: 4200, currency: "usd", ...fields } });
const nested = (levels: number) =>
  `{"amount":4200,"metadata":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`;
const INTENT = "stripe-create-payment-intent";
const CUSTOMER = "stripe-create-customer";
const SUBSCRIPTION = "stripe-create-subscription";
const WORKFLOW = "process-payment";
const run = (fields: object): HttpCall => ({
  body: { customerEmail: "ada@example.com", customerName: "Ada", amount: 4200, ...fields },
});

describe("given input that is wrong", () => {
  it.each<[string, string, HttpCall, number, string]>([
    ["a customer of another account", INTENT, pay({ customerId: "cus_ofSomebodyElse" }), 422, "customerId"],
    ["a customer that is no id", INTENT, pay({ customerId: "../v1/charges" }), 422, "customerId"],
    ["an unknown field", INTENT, pay({ amuont: 1 }), 422, "amuont"],
    [
      "an unknown field named __proto__",
      INTENT,
      json('{"amount":4200,"__proto__":{"admin":true}}'),
      422,
      "__proto__",
    ],
    [
      "__proto__ in an open object",
      INTENT,
      json('{"amount":4200,"metadata":{"__proto__":{"a":1}}}'),
      422,
      "metadata.__proto__",
    ],
    [
      "constructor in an open object",
      INTENT,
      pay({ metadata: { constructor: 1 } }),
      422,
      "metadata.constructor",
    ],
    ["no amount", INTENT, { body: {} }, 422, "amount"],
    ["an amount of 0", INTENT, pay({ amount: 0 }), 422, "amount"],
    ["an amount of -0", INTENT, json('{"amount":-0}'), 422, "amount"],
    ["a negative amount", INTENT, pay({ amount: -4200 }), 422, "amount"],
    ["a fraction", INTENT, pay({ amount: 1.5 }), 422, "amount"],
    ["an amount as text", INTENT, pay({ amount: "4200" }), 422, "amount"],
    ["an amount of NaN as text", INTENT, pay({ amount: "NaN" }), 422, "amount"],
    ["an amount of NaN, which is no JSON", INTENT, json('{"amount":NaN}'), 400, ""],
    ["an amount of null", INTENT, pay({ amount: null }), 422, "amount"],
    ["an amount of 1e21", INTENT, json('{"amount":1e21}'), 422, "amount"],
    ["an amount of 1e400", INTENT, json('{"amount":1e400}'), 422, "amount"],
    ["an amount twice", INTENT, json('{"amount":4200,"amount":1}'), 400, "amount"],
    ["too small an amount", INTENT, pay({ amount: 49 }), 422, "amount"],
    ["too large an amount", INTENT, pay({ amount: 100_000_000 }), 422, "amount"],
    ["a thousandth of a dinar", INTENT, pay({ amount: 5124, currency: "kwd" }), 422, "amount"],
    ["an unknown currency", INTENT, pay({ currency: "zzz" }), 422, "currency"],
    ["a currency in capitals", INTENT, pay({ currency: "USD" }), 422, "currency"],
    ["a body of 6 MB", INTENT, pay({ metadata: { note: "x".repeat(6 * 1024 * 1024) } }), 413, ""],
    ["a body of 6 MB in base64", INTENT, { ...json("x".repeat(6 * 1024 * 1024)), base64: true }, 413, ""],
    [
      "another content type",
      INTENT,
      { body: "{}", headers: { "content-type": "text/plain" } },
      400,
      "headers.Content-Type",
    ],
    [
      "another charset",
      INTENT,
      { body: "{}", headers: { "content-type": "application/json; charset=utf-16" } },
      400,
      "headers.Content-Type",
    ],
    [
      "two content types",
      INTENT,
      { body: "{}", headers: { "content-type": "application/json, text/plain" } },
      400,
      "headers.Content-Type",
    ],
    ["nothing", INTENT, json(""), 400, ""],
    ["an array", INTENT, json("[]"), 422, ""],
    ["null", INTENT, json("null"), 422, ""],
    ["a text", INTENT, json('"4200"'), 422, ""],
    ["a number", INTENT, json("4200"), 422, ""],
    ["deep nesting", INTENT, json(nested(16)), 422, ["metadata", ..."a".repeat(15)].join(".")],
    ["very deep nesting", INTENT, json(nested(40_000)), 422, ["metadata", ..."a".repeat(15)].join(".")],
    ["nested metadata", INTENT, pay({ metadata: { order: { id: 1 } } }), 422, "metadata.order"],
    [
      "half of a surrogate pair",
      INTENT,
      json('{"amount":4200,"metadata":{"note":"\\ud83d"}}'),
      422,
      "metadata.note",
    ],
    ["a zero byte", INTENT, json('{"amount":4200,"metadata":{"note":"\\u0000"}}'), 422, "metadata.note"],
    [
      "no Idempotency-Key",
      INTENT,
      { ...pay({}), headers: { "idempotency-key": "" } },
      400,
      "headers.Idempotency-Key",
    ],
    [
      "a card number as Idempotency-Key",
      INTENT,
      { ...pay({}), headers: { "idempotency-key": "4242-4242-4242-4242" } },
      400,
      "headers.Idempotency-Key",
    ],
    [
      "a card number in metadata",
      INTENT,
      pay({ metadata: { card: "4242 4242 4242 4242" } }),
      422,
      "metadata.card",
    ],
    ["a security code in metadata", INTENT, pay({ metadata: { cvc: "123" } }), 422, "metadata.cvc"],
    ["a card number as a customer", INTENT, pay({ customerId: "4242424242424242" }), 422, "customerId"],
    ["no email address", CUSTOMER, { body: { email: "ada" } }, 422, "email"],
    [
      "a card number as a name",
      CUSTOMER,
      { body: { email: "ada@example.com", name: "Ada 4242-4242-4242-4242" } },
      422,
      "name",
    ],
    [
      "an empty user id, which would be everybody's",
      CUSTOMER,
      { body: { email: "ada@example.com", metadata: { userId: " " } } },
      422,
      "metadata.userId",
    ],
    [
      "a customer and a price that are not there",
      SUBSCRIPTION,
      { body: { customerId: "cus_none", priceId: "price_none" } },
      422,
      "customerId",
    ],
    [
      "half a day of trial",
      SUBSCRIPTION,
      { body: { customerId: "cus_none", priceId: "price_none", trialDays: 0.5 } },
      422,
      "trialDays",
    ],
    [
      "a template that is not there",
      "send-email",
      { body: { to: "ada@example.com", template: "__proto__" } },
      422,
      "template",
    ],
    [
      "an unknown field of a mail's data",
      "send-email",
      { body: { to: "ada@example.com", template: "payment-error", data: { error: "no", more: 1 } } },
      422,
      "data.more",
    ],
    ["an unknown field of a workflow", WORKFLOW, run({ amuont: 1 }), 422, "amuont"],
    ["an amount as text to a workflow", WORKFLOW, run({ amount: "4200" }), 422, "amount"],
    ["a card number to a workflow", WORKFLOW, run({ customerName: "4242424242424242" }), 422, "customerName"],
    ["more than an execution can carry", WORKFLOW, run({ customerName: "x".repeat(200 * 1024) }), 413, ""],
  ])(
    "%s to %s is a problem that names the field, and nothing was done",
    async (_what, capability, call, status, path) => {
      const before = await traces();
      const answer = await answerOf(HANDLERS[capability], call);

      expect(answer).toMatchObject({
        status,
        headers: { "content-type": "application/problem+json" },
        body: {
          status,
          retryable: false,
          issues: expect.arrayContaining([{ path, message: expect.any(String) }]),
        },
      });
      expect(Object.keys(PROBLEM_KINDS)).toContain(answer.body.code);
      expect(JSON.stringify(answer)).not.toMatch(/4242.?4242/);
      expect(await traces()).toEqual(before);
      expect(started).toEqual([]);
    },
  );

  it("what is right is let through, so that the table above tests what it says", async () => {
    const before = await traces();
    expect(await answerOf(createPaymentIntent, pay({}))).toMatchObject({ status: 200 });
    expect(await answerOf(startWorkflowRun, run({}))).toMatchObject({ status: 202 });
    expect(await traces()).not.toEqual(before);
  });
});

const oddName = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "",
    "amount",
    "a.b",
    "a[b]",
    "\u2028",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.object({ key: oddName, maxDepth: 4 }),
  fc.string({ unit: "binary" }),
  fc.string().map((text) => text.repeat(2_000)),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom<unknown>(
    0,
    -1,
    1.5,
    1e21,
    1e300,
    "",
    " ",
    "null",
    "usd",
    "ada@example.com",
    "cus_1",
    [],
    {},
  ),
  writtenCardNumber,
);
/** Fields of a contract with odd values: what gets furthest into the code. */
const fieldsOf = (names: Readonly<Record<string, unknown>>) =>
  fc.record(
    Object.fromEntries(
      Object.entries(names).map(([name, right]) => [
        name,
        fc.oneof({ weight: 2, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: oddValue }),
      ]),
    ),
    { requiredKeys: [] },
  );

const FIELDS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "stripe-create-payment-intent": {
    amount: 4200,
    currency: "usd",
    customerId: "cus_1",
    metadata: { order: "1" },
  },
  "stripe-create-customer": { email: "ada@example.com", name: "Ada", metadata: { userId: "1" } },
  "stripe-create-subscription": { customerId: "cus_1", priceId: "price_1", trialDays: 3 },
  "send-email": { to: "ada@example.com", template: "payment-error", data: { error: "no" } },
  "process-payment": { customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 },
};

describe("given any body at all", () => {
  it.each(Object.keys(HANDLERS))("%s answers, and never with a 5xx or what is no problem", async (name) => {
    const body = fc.oneof(
      { weight: 3, arbitrary: fieldsOf(FIELDS[name] ?? {}).map((value) => JSON.stringify(value)) },
      { weight: 2, arbitrary: oddValue.map((value) => JSON.stringify(value) ?? "") },
      { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
      { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
    );
    const type = fc.oneof(
      { weight: 9, arbitrary: fc.constant("application/json") },
      { weight: 1, arbitrary: fc.string() },
    );
    await fc.assert(
      fc.asyncProperty(body, type, fc.boolean(), async (sent, contentType, base64) => {
        const answer = await answerOf(HANDLERS[name], {
          body: sent,
          base64,
          headers: { "content-type": contentType },
        });
        if (answer.status < 300) return;
        expect(answer).toMatchObject({
          status: expect.any(Number),
          headers: { "content-type": "application/problem+json" },
          body: { code: expect.any(String), title: expect.any(String), detail: expect.any(String) },
        });
        expect(answer.status).toBeLessThan(500);
        expect(Object.keys(PROBLEM_KINDS)).toContain(answer.body.code);
      }),
      { numRuns: 150 },
    );
  });
});
