/** The real handlers respond to any body without a 5xx, and their errors are problems of the closed table. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { PROBLEM_KINDS } from "../lib/errors.ts";
import { writtenCardNumber } from "./lib/card-numbers.ts";
import { type Everything, everyHandler, RESOURCES } from "./steps/every-handler.ts";
import { sampleInput } from "./steps/sample-inputs.ts";

let everything: Everything;
beforeAll(async () => {
  everything = await everyHandler();
});
afterAll(() => everything.close());

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
  fc.constantFrom("\ud83d", "a\0b", "\u202e"),
  writtenCardNumber,
);
/** Fields of a contract with odd values: these inputs get furthest into the code. */
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

describe("given any body", () => {
  it.each(RESOURCES)(
    "%s never responds with a 5xx, and every error is a problem of the table",
    async (name) => {
      const body = fc.oneof(
        { weight: 3, arbitrary: fieldsOf(sampleInput(name)).map((value) => JSON.stringify(value)) },
        { weight: 2, arbitrary: oddValue.map((value) => JSON.stringify(value) ?? "") },
        { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
        { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
      );
      const type = fc.oneof(
        { weight: 9, arbitrary: fc.constant("application/json") },
        { weight: 1, arbitrary: fc.string() },
      );
      const key = fc.oneof({ weight: 9, arbitrary: fc.uuid() }, { weight: 1, arbitrary: fc.string() });
      await fc.assert(
        fc.asyncProperty(body, type, key, fc.boolean(), async (sent, contentType, idempotencyKey, base64) => {
          const response = await everything.responseOf(name, {
            body: sent,
            base64,
            headers: { "content-type": contentType, "idempotency-key": idempotencyKey },
          });
          if (response.status < 300) return;
          expect(response).toMatchObject({
            status: expect.any(Number),
            headers: { "content-type": "application/problem+json" },
            body: { code: expect.any(String), title: expect.any(String), detail: expect.any(String) },
          });
          expect(response.status).toBeLessThan(500);
          expect(Object.keys(PROBLEM_KINDS)).toContain(response.body.code);
        }),
        { numRuns: 150 },
      );
    },
  );
});
