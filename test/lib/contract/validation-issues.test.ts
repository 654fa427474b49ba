import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import fc from "fast-check";
import { objectSchema } from "../../../lib/contract/json-schema.ts";
import { loadContract } from "../../../lib/contract/load-contract.ts";
import { checkWith } from "../../../lib/contract/validation-issues.ts";

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true });
formats.default(ajv);

const { inputs } = loadContract(
  "contract.yml",
  `
capabilityId: pay
provider: { type: test, operation: pay }
inputs:
  amount: { type: number, integer: true, minimum: 1, maximum: 100 }
  currency: { type: string, default: usd, enum: [usd, eur] }
  to: { type: string, optional: true, format: email }
  at: { type: timestamp, optional: true }
  file: { type: bytes, optional: true }
  code: { type: string, optional: true, pattern: "^[A-Z]+$", maxLength: 3 }
  items:
    type: array
    optional: true
    items: { type: object, properties: { priceId: { type: string } } }
  metadata: { type: object, optional: true }
`,
);
const check = checkWith<Record<string, unknown>>(ajv.compile(objectSchema(inputs)));

const issuesOf = (value: unknown) => {
  const checked = check(value);
  return checked.ok ? [] : checked.issues.map(({ path, message }) => `${path} ${message}`);
};

describe("a payload that its contract refuses", () => {
  it.each<[string, unknown, string[]]>([
    ["a missing field", {}, ["amount is required"]],
    ["a text as a number", { amount: "12" }, ["amount must be a whole number, but is a string"]],
    ["a fraction", { amount: 1.5 }, ["amount must be a whole number, but is a number with a fraction"]],
    ["null", { amount: null }, ["amount must be a whole number, but is null"]],
    ["too little", { amount: 0 }, ["amount must be at least 1"]],
    ["too much", { amount: 101 }, ["amount must be at most 100"]],
    ["what is not a number in JSON", { amount: Number.NaN }, ["amount must be a whole number, but is null"]],
    ["none of the enum", { amount: 1, currency: "gbp" }, ["currency must be one of usd, eur"]],
    ["no address", { amount: 1, to: "ada" }, ["to must be an email address such as ada@example.com"]],
    ["no time", { amount: 1, at: "now" }, ["at must be a UTC time such as 2026-11-24T09:30:00Z"]],
    ["a wrong pattern", { amount: 1, code: "ab" }, ["code must match the pattern ^[A-Z]+$"]],
    ["too long a text", { amount: 1, code: "ABCD" }, ["code must have at most 3 characters"]],
    ["an array as an object", { amount: 1, metadata: [] }, ["metadata must be an object, but is an array"]],
    [
      "a mistake in an item",
      { amount: 1, items: [{ priceId: "p" }, { priceId: 3 }] },
      ["items.1.priceId must be a string, but is a number"],
    ],
    [
      "an unknown field in an item",
      { amount: 1, items: [{ priceId: "p", qty: 1 }] },
      ["items.0.qty is not a known field; known: priceId"],
    ],
    [
      "a mistyped field",
      { amuont: 1 },
      ["amount is required", 'amuont is not a known field; did you mean "amount"?'],
    ],
    ["an array", [], [" must be an object, but is an array"]],
    ["nothing", undefined, [" must be an object, but is null"]],
    ["a text", "hello", [" must be an object, but is a string"]],
  ])("with %s is told why", (_given, value, issues) => {
    expect(issuesOf(value)).toEqual(issues);
  });

  it("because its bytes are no base64 is told so", () => {
    expect(issuesOf({ amount: 1, file: "not base64!" })[0]).toMatch(/^file must match the pattern/);
    expect(issuesOf({ amount: 1, file: "aGVsbG8=" })).toEqual([]);
  });

  it.each(["__proto__", "constructor", "prototype"])(
    "because of the name %s in an open object is told so",
    (name) => {
      const value: unknown = JSON.parse(`{"amount": 1, "metadata": {"deep": {"${name}": {"admin": true}}}}`);

      expect(issuesOf(value)).toEqual([`metadata.deep.${name} is a reserved name; choose another`]);
    },
  );

  it("because it is nested without end is told so, however deep it is", () => {
    const value: unknown = JSON.parse(`{"metadata":${'{"a":'.repeat(50_000)}1${"}".repeat(50_001)}`);

    expect(issuesOf(value)).toEqual([
      expect.stringMatching(/^metadata\.a\.a.* is nested deeper than 32 levels$/),
    ]);
  });

  it("in a thousand places is told fifty", () => {
    const items = Array.from({ length: 1_000 }, () => ({ priceId: 1 }));

    expect(issuesOf({ amount: 1, items })).toHaveLength(50);
  });

  it("is never quoted", () => {
    fc.assert(
      fc.property(fc.constantFrom("amount", "currency", "at", "items", "metadata"), (field) => {
        expect(issuesOf({ [field]: "4242424242424242" }).join()).not.toContain("4242");
      }),
    );
  });
});

describe("a payload that its contract accepts", () => {
  it("gets the defaults, and stays as it is itself", () => {
    const value = Object.freeze({ amount: 1 });

    expect(check(value)).toEqual({ ok: true, value: { amount: 1, currency: "usd" } });
    expect(value).toEqual({ amount: 1 });
  });

  it("may hold anything in an open object", () => {
    const harmless = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(harmless, (metadata) => {
        fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(metadata)));

        expect(check({ amount: 1, metadata }).ok).toBe(true);
      }),
    );
  });

  it("is accepted or refused, whatever it is, and never throws", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: false }), (value) => {
        expect(typeof check(value).ok).toBe("boolean");
      }),
    );
  });
});
