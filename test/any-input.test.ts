/** The real handlers respond to any body without a 5xx, and their errors are problems of the closed table. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { PROBLEM_KINDS } from "../lib/errors.ts";
import { writtenCardNumber } from "./lib/card-numbers.ts";
import { sampleOf, tries } from "./steps/effort.ts";
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

describe("given a body full of mistakes", () => {
  /** A field as often as it fits into 256 KB. */
  const filled = (unit: (n: number) => string) => {
    let text = unit(0);
    for (let n = 1; text.length < 250_000; n++) text += `,${unit(n)}`;
    return text;
  };
  const MISTAKES: Readonly<Record<string, (n: number) => string>> = {
    "nested objects": (n) => `"${n}":{}`,
    "names in brackets": (n) => `"${n}[":[]`,
    "long names": (n) => `"${n}${"x".repeat(199)}":"\\u0000"`,
    "card numbers": (n) => `"${n}":4242424242424242`,
    "names of card data": (n) => `"${"_".repeat(n / 300)}c${"-".repeat(n % 300)}vc":1`,
    "card numbers as names": (n) => `"${n} 4242|4242|4242|4242":1`,
  };
  const text = (name: string, input: object, mistakes: string, levels: number) => {
    const fields = `${'{"deep":'.repeat(levels)}{${filled(MISTAKES[mistakes] ?? String)}}${"}".repeat(levels)}`;
    return `${JSON.stringify({ ...input, [name]: undefined }).slice(0, -1)},"${name}":${fields}}`;
  };
  const json = (body: string) => ({ body, headers: { "content-type": "application/json" } });

  const names = ["metadata", "data", "nonsense"] as const;
  const kinds = Object.keys(MISTAKES);
  // In turn, so that the sample has each of them.
  const examples = sampleOf(RESOURCES, { every: 5 }).map((resource, n) => {
    const [name = "", kind = ""] = [names[n % names.length], kinds[n % kinds.length]];
    return { resource, example: [name, kind, n % 15] as [string, string, number] };
  });

  it.each(examples)("$resource responds with a few of them, and briefly", async ({ resource, example }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<string[]>(...names),
        fc.constantFrom(...kinds),
        fc.nat({ max: 14 }),
        async (name, mistakes, levels) => {
          const response = await everything.responseOf(
            resource,
            json(text(name, sampleInput(resource), mistakes, levels)),
          );
          expect([413, 422]).toContain(response.status);
          const { issues } = response.body;
          expect(Array.isArray(issues) ? issues.length : 0).toBeLessThanOrEqual(50);
          expect(JSON.stringify(response).length).toBeLessThan(16_384);
        },
      ),
      { numRuns: tries({ sample: 1, whole: 20 }), examples: [example] },
    );
  });

  it("the response says how many mistakes it does not list", async () => {
    const body = text("metadata", { amount: 4200 }, "nested objects", 0);
    const count = body.split("{}").length - 1;

    const { issues, moreIssues, detail } = (
      await everything.responseOf("stripe-create-payment-intent", json(body))
    ).body;
    expect(count).toBeGreaterThan(20_000);
    expect(issues).toHaveLength(50);
    // One more: there are also too many entries.
    expect(moreIssues).toBe(count + 1 - 50);
    expect(detail).toBe(`metadata may have at most 50 entries (and ${count} more)`);
  });
});

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
        { numRuns: tries({ sample: 2, whole: 150 }) },
      );
    },
  );
});
