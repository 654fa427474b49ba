/** Bad input to the real handlers: a clear problem at the field's path, never a 5xx, and no effect anywhere. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PROBLEM_KINDS } from "../lib/errors.ts";
import { sampleOf } from "./steps/effort.ts";
import { type Everything, everyHandler, RESOURCES } from "./steps/every-handler.ts";
import type { HttpCall } from "./steps/given.ts";
import { fieldsOf, isReading, leastInput, sampleInput } from "./steps/sample-inputs.ts";

let everything: Everything;
beforeAll(async () => {
  everything = await everyHandler();
});
afterAll(() => everything.close());

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

/** Input that is wrong for every contract, the status, and the path of the field that the problem names. */
const ALWAYS_WRONG: readonly (readonly [string, (right: object) => HttpCall, number, string])[] = [
  ["an unknown field", (right) => ({ body: { ...right, nonsense: 1 } }), 422, "nonsense"],
  ["a field named __proto__", () => json('{"__proto__":{"admin":true}}'), 422, "__proto__"],
  ["a field named constructor", () => json('{"constructor":{"name":"x"}}'), 422, "constructor"],
  ["a field twice", () => json('{"nonsense":1,"nonsense":2}'), 400, "nonsense"],
  ["a card number", (right) => ({ body: { ...right, nonsense: "4242 4242 4242 4242" } }), 422, "nonsense"],
  [
    "a card number between slashes",
    (right) => ({ body: { ...right, nonsense: "4242/4242/4242/4242" } }),
    422,
    "nonsense",
  ],
  [
    "a card number in Bengali digits",
    (right) => ({ body: { ...right, nonsense: "৪২৪২৪২৪২৪২৪২৪২৪২" } }),
    422,
    "nonsense",
  ],
  [
    "a card number glued to hex",
    (right) => ({ body: { ...right, nonsense: "deadbeef4242424242424242" } }),
    422,
    "nonsense",
  ],
  ["a card number as a fraction", () => json('{"nonsense":4242.424242424242}'), 422, "nonsense"],
  ["a card number with an exponent", () => json('{"nonsense":4.242424242424242e-7}'), 422, "nonsense"],
  [
    "a card number as a name",
    (right) => ({ body: { ...right, "4242|4242|4242|4242": 1 } }),
    422,
    "[card number]",
  ],
  ["a field named cvc", (right) => ({ body: { ...right, cvc: "123" } }), 422, "cvc"],
  ["1e21", () => json('{"nonsense":1e21}'), 422, "nonsense"],
  ["half of a surrogate pair", () => json('{"nonsense":"\\ud83d"}'), 422, "nonsense"],
  ["a zero byte", () => json('{"nonsense":"\\u0000"}'), 422, "nonsense"],
  ["an array", () => json("[]"), 422, ""],
  ["null", () => json("null"), 422, ""],
  ["text", () => json('"4200"'), 422, ""],
  ["a number", () => json("4200"), 422, ""],
  ["NaN, which is not JSON", () => json('{"amount":NaN}'), 400, ""],
  ["an empty body", () => json(""), 400, ""],
  ["a body of 6 MB", () => ({ body: { nonsense: "x".repeat(6 * 1024 * 1024) } }), 413, ""],
  [
    "another content type",
    () => ({ body: "{}", headers: { "content-type": "text/plain" } }),
    400,
    "headers.Content-Type",
  ],
  [
    "a compressed body",
    (right) => ({ body: right, headers: { "content-encoding": "gzip" } }),
    400,
    "headers.Content-Encoding",
  ],
];

/** Every n-th item. For each resource, it begins with another one, so that each item is tried with several of them. In the whole test, all items. */
function sampleFor<Item>(resource: string, items: readonly Item[], every: number): readonly Item[] {
  const shift = RESOURCES.indexOf(resource) % Math.min(every, items.length || 1);
  return sampleOf([...items.slice(shift), ...items.slice(0, shift)], { every });
}

/** After these, the traces are read: with the last one, after all. */
const CHECKED = sampleOf(RESOURCES.toReversed(), { every: 15 });

/** Keys that are wrong for everything that changes something. */
const WRONG_KEYS: readonly (readonly [string, string])[] = [
  ["no Idempotency-Key", ""],
  ["a card number as Idempotency-Key", "4242-4242-4242-4242"],
];

/** What the groups of tests so far have left. */
let left: unknown;
beforeAll(async () => {
  left = await everything.traces();
});

/** Expects that the tests above left no traces: no object, item, mail or run. */
function nothingIsDone(): void {
  it("and nothing is done", async () => {
    const before = left;
    left = await everything.traces();
    expect(left).toEqual(before);
  });
}

async function isRefused(resource: string, call: HttpCall, status: number, path: string): Promise<void> {
  const response = await everything.responseOf(resource, call);
  expect(response).toMatchObject({
    status,
    headers: { "content-type": "application/problem+json" },
    body: {
      status,
      retryable: false,
      issues: expect.arrayContaining([{ path, message: expect.any(String) }]),
    },
  });
  expect(Object.keys(PROBLEM_KINDS)).toContain(response.body.code);
  expect(JSON.stringify(response)).not.toMatch(/4242.?4242/);
}

describe.each(RESOURCES)("given %s", (resource) => {
  const keys = isReading(resource) ? [] : WRONG_KEYS;
  for (const [what, key] of keys)
    it(`${what} is refused at the header's path`, () =>
      isRefused(
        resource,
        { body: leastInput(resource), headers: { "idempotency-key": key } },
        400,
        "headers.Idempotency-Key",
      ));

  it.each(sampleFor(resource, ALWAYS_WRONG, 8))(
    "%s is refused at the field's path",
    (_what, call, status, path) => isRefused(resource, call(leastInput(resource)), status, path),
  );

  it("each field is refused with a value of another type", async () => {
    for (const [name, { type }] of sampleFor(resource, Object.entries(fieldsOf(resource)), 4)) {
      const wrong = type === "number" || type === "integer" ? "4200" : 4200;
      await isRefused(resource, { body: { ...sampleInput(resource), [name]: wrong } }, 422, name);
    }
  });

  it("input without a required field is refused at the field's path", async () => {
    const least = leastInput(resource);
    for (const name of Object.keys(least)) {
      const { [name]: _left, ...others } = least;
      await isRefused(resource, { body: others }, 422, name);
    }
  });

  if (CHECKED.includes(resource)) nothingIsDone();
});

describe("given input that is wrong", () => {
  it.each<[string, string, HttpCall, number, string]>([
    ["a customer of another account", INTENT, pay({ customerId: "cus_ofSomebodyElse" }), 422, "customerId"],
    ["a customer that is not an id", INTENT, pay({ customerId: "../v1/charges" }), 422, "customerId"],
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
    ["an amount of NaN, which is not JSON", INTENT, json('{"amount":NaN}'), 400, ""],
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
    ["an empty body", INTENT, json(""), 400, ""],
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
    ["a text that is not an email address", CUSTOMER, { body: { email: "ada" } }, 422, "email"],
    ["an address with two dots in a row", CUSTOMER, { body: { email: "a..b@example.com" } }, 422, "email"],
    [
      "an address with hyphens around its domain",
      CUSTOMER,
      { body: { email: "a@-example-.com" } },
      422,
      "email",
    ],
    [
      "a card number as a name",
      CUSTOMER,
      { body: { email: "ada@example.com", name: "Ada 4242-4242-4242-4242" } },
      422,
      "name",
    ],
    [
      "an empty user id, which all customers would share",
      CUSTOMER,
      { body: { email: "ada@example.com", metadata: { userId: " " } } },
      422,
      "metadata.userId",
    ],
    [
      "a customer and a price that do not exist",
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
      "a template that does not exist",
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
    ["an amount of nothing to a workflow", WORKFLOW, run({ amount: 0 }), 422, "amount"],
    ["a negative amount to a workflow", WORKFLOW, run({ amount: -5 }), 422, "amount"],
    ["half a cent to a workflow", WORKFLOW, run({ amount: 1.5 }), 422, "amount"],
    ["an amount below Stripe's minimum to a workflow", WORKFLOW, run({ amount: 49 }), 422, "amount"],
    [
      "an address that mail servers refuse to a workflow",
      WORKFLOW,
      run({ customerEmail: "a..b@example.com" }),
      422,
      "customerEmail",
    ],
    ["a card number to a workflow", WORKFLOW, run({ customerName: "4242424242424242" }), 422, "customerName"],
    [
      "more data than an execution can carry",
      WORKFLOW,
      run({ customerName: "x".repeat(200 * 1024) }),
      413,
      "",
    ],
  ])("%s to %s is refused with a problem that names the field", (_what, resource, call, status, path) =>
    isRefused(resource, call, status, path),
  );

  nothingIsDone();

  it("correct input is accepted and has an effect, so the table above tests only its mistakes", async () => {
    const before = await everything.traces();
    expect(await everything.responseOf(INTENT, pay({}))).toMatchObject({ status: 200 });
    expect(await everything.responseOf(WORKFLOW, run({}))).toMatchObject({ status: 202 });
    expect(await everything.traces()).not.toEqual(before);
  });
});
