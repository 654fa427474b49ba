import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import fc from "fast-check";
import { holdsCardNumber, isCardField } from "../../../lib/card-data.ts";
import { objectSchema } from "../../../lib/compiler/contract/json-schema.ts";
import { loadContract } from "../../../lib/compiler/contract/load-contract.ts";
import { checkOutputsWith, checkWith } from "../../../lib/contract/validation-issues.ts";
import { tries } from "../../steps/effort.ts";
import { writtenCardNumber } from "../card-numbers.ts";

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true });
formats.default(ajv);

const { inputs } = loadContract(
  "contract.yml",
  `
capabilityId: pay
provider: { type: stripe, operation: pay }
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

/** Numbers that JSON and we both keep exactly. */
const exactJson = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/\d{16}|e\+/.test(JSON.stringify(value)));

const issuesOf = (value: unknown) => {
  const checked = check(value);
  return checked.ok ? [] : checked.issues.map(({ path, message }) => `${path} ${message}`);
};

describe("a payload that its contract refuses", () => {
  it.each<[string, unknown, string[]]>([
    ["a missing field", {}, ["amount is required"]],
    ["text as a number", { amount: "12" }, ["amount must be a whole number, but is a string"]],
    ["a fraction", { amount: 1.5 }, ["amount must be a whole number, but is a number with a fraction"]],
    ["null", { amount: null }, ["amount must be a whole number, but is null"]],
    ["too little", { amount: 0 }, ["amount must be at least 1"]],
    ["too much", { amount: 101 }, ["amount must be at most 100"]],
    ["NaN", { amount: Number.NaN }, ["amount must be a finite number"]],
    ["infinity", { amount: Number.POSITIVE_INFINITY }, ["amount must be a finite number"]],
    [
      "a number that has lost digits",
      { amount: 1e21 },
      ["amount is beyond ±9007199254740991, where numbers lose digits; send an identifier as text"],
    ],
    ["a value outside the enum", { amount: 1, currency: "gbp" }, ["currency must be one of usd, eur"]],
    [
      "an invalid address",
      { amount: 1, to: "ada" },
      ["to must be an email address, such as ada@example.com: it needs exactly one @"],
    ],
    ["an invalid time", { amount: 1, at: "now" }, ["at must be a UTC time such as 2026-11-24T09:30:00Z"]],
    ["a wrong pattern", { amount: 1, code: "ab" }, ["code must match the pattern ^[A-Z]+$"]],
    ["text that is too long", { amount: 1, code: "ABCD" }, ["code must have at most 3 characters"]],
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
    ["text", "hello", [" must be an object, but is a string"]],
  ])("with %s is refused with the reason", (_given, value, issues) => {
    expect(issuesOf(value)).toEqual(issues);
  });

  it("because its bytes are not base64 is refused with the reason", () => {
    expect(issuesOf({ amount: 1, file: "not base64!" })[0]).toMatch(/^file must match the pattern/);
    expect(issuesOf({ amount: 1, file: "aGVsbG8=" })).toEqual([]);
  });

  it.each(["__proto__", "constructor", "prototype"])(
    "because of the name %s in an open object is refused with the reason",
    (name) => {
      const value: unknown = JSON.parse(`{"amount": 1, "metadata": {"deep": {"${name}": {"admin": true}}}}`);

      expect(issuesOf(value)).toEqual([`metadata.deep.${name} is a reserved name; choose another`]);
    },
  );

  it("because it is nested too deeply is refused with the reason, however deep it is", () => {
    const value: unknown = JSON.parse(`{"metadata":${'{"a":'.repeat(50_000)}1${"}".repeat(50_001)}`);

    expect(issuesOf(value)).toEqual([
      expect.stringMatching(/^metadata\.a\.a.* is nested deeper than 16 levels$/),
    ]);
  });

  it("is refused at its seventeenth level, and not before", () => {
    const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

    expect(issuesOf({ amount: 1, metadata: { list: nested(14) } })).toEqual([]);
    expect(issuesOf({ amount: 1, metadata: { list: nested(15) } })).toHaveLength(1);
  });

  it.each([
    [
      "half of a surrogate pair",
      "\ud83d",
      "metadata.note contains half of a surrogate pair; send well-formed Unicode",
    ],
    [
      "a zero byte",
      "a\0b",
      "metadata.note contains a control character; only tabs and line breaks are accepted",
    ],
  ])("because text contains %s is refused with the reason", (_what, note, issue) => {
    expect(issuesOf({ amount: 1, metadata: { note } })).toEqual([issue]);
  });

  it("because of an invalid name is refused with the reason, which shows only the beginning of the name", () => {
    const name = "n".repeat(100_000);

    expect(issuesOf({ amount: 1, metadata: { [name]: 1 } })).toEqual([
      `metadata.${"n".repeat(60)}… has a name of more than 200 characters`,
    ]);
    expect(issuesOf({ amount: 1, metadata: { "a\ud83d": 1 } })).toEqual([
      expect.stringContaining("has a name that contains half of a surrogate pair"),
    ]);
  });

  it.each([
    ["an address", "ada@example.com", "[email]"],
    ["a person's name", "Ada Lovelace", "[text]"],
    ["a client secret", "pi_1_secret_2", "[client secret]"],
    ["an API key", "csk_tV9zMGJVfZ-8r1YvPQERS", "[key]"],
  ])(
    "because a field's name is %s is refused with the reason, which does not repeat the name",
    (_what, name, shown) => {
      expect(issuesOf({ amount: 1, [name]: 1 })).toEqual([
        expect.stringMatching(
          new RegExp(`^${shown.replace(/[[\]]/g, "\\$&")} is not a known field; known: amount`),
        ),
      ]);
      expect(issuesOf({ amount: 1, metadata: { [name]: "\0" } })).toEqual([
        expect.stringContaining(`metadata.${shown} contains a control character`),
      ]);
      expect(issuesOf({ amount: 1, items: [{ priceId: "p", [name]: { [name]: 1 } }] }).join()).not.toContain(
        name,
      );
    },
  );

  it("in a thousand places gets the first fifty issues", () => {
    const items = Array.from({ length: 1_000 }, () => ({ priceId: 1 }));

    expect(issuesOf({ amount: 1, items })).toHaveLength(50);
  });

  it("is never quoted in an issue", () => {
    fc.assert(
      fc.property(fc.constantFrom("amount", "currency", "at", "items", "metadata"), (field) => {
        expect(issuesOf({ [field]: "4242424242424242" }).join()).not.toContain("4242");
      }),
    );
  });
});

describe("a payload that contains card data", () => {
  it("is refused at the field's path, wherever and however the number is written, and no issue quotes it", () => {
    const path = fc.array(fc.constantFrom("note", "order", "list"), { maxLength: 12 });
    fc.assert(
      fc.property(writtenCardNumber, path, fc.constantFrom("value", "item", "name"), (text, names, where) => {
        const leaf = where === "item" ? [text] : where === "name" ? { [text]: true } : text;
        const metadata = { in: names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), leaf) };
        const at = ["metadata", "in", ...names];
        const more = { value: [], item: ["0"], name: ["[card number]"] }[where];

        const issues = issuesOf({ amount: 1, metadata });
        expect(issues).toEqual([expect.stringContaining("looks like a card number")]);
        expect(issues[0]?.startsWith(`${[...at, ...more].join(".")} `)).toBe(true);
        expect(issues.join()).not.toMatch(/\d{2}/);
      }),
      { numRuns: tries({ sample: 150, whole: 500 }) },
    );
  });

  it.each<[string, unknown, string]>([
    ["as a number", { amount: 4242424242424242 }, "amount looks like a card number"],
    ["in a declared field", { amount: 1, code: "4242 4242 4242 4242" }, "code looks like a card number"],
    ["in an unknown field", { amount: 1, card: "4242424242424242" }, "card looks like a card number"],
    ["as the whole payload", "4242424242424242", " looks like a card number"],
    [
      "by the name of a field",
      { amount: 1, metadata: { cvc: "123" } },
      "metadata.cvc is named like card data",
    ],
    [
      "by the name of a nested field",
      { amount: 1, metadata: { payer: { card_number: "" } } },
      "metadata.payer.card_number is named like card data",
    ],
  ])("%s is refused", (_how, value, issue) => {
    expect(issuesOf(value)).toEqual([expect.stringContaining(issue)]);
  });

  it("is not quoted in the path of a mistake below it", () => {
    const issues = issuesOf({ amount: 1, metadata: { "4242424242424242": { constructor: 1 } } });

    expect(issues.join()).not.toContain("4242");
  });

  it("is accepted in outputs, where it is only a coincidence: the payment has been made by then", () => {
    const outputs = checkOutputsWith(ajv.compile(objectSchema(inputs)));

    expect(outputs({ amount: 1, code: "ABC", metadata: { id: "4242424242424242" } }).ok).toBe(true);
    expect(outputs({ amount: "1" }).ok).toBe(false);
  });
});

describe("a payload that its contract accepts", () => {
  it("gets the defaults in a copy, and is itself unchanged", () => {
    const value = Object.freeze({ amount: 1 });

    expect(check(value)).toEqual({ ok: true, value: { amount: 1, currency: "usd" } });
    expect(value).toEqual({ amount: 1 });
  });

  it("gets 0 for a negative zero", () => {
    expect(check({ amount: 1, metadata: { zero: -0 } })).toEqual({
      ok: true,
      value: { amount: 1, currency: "usd", metadata: { zero: 0 } },
    });
  });

  it("can contain anything in an open object", () => {
    const harmless = fc.dictionary(fc.string({ maxLength: 8 }), exactJson);
    fc.assert(
      fc.property(harmless, (metadata) => {
        const text = JSON.stringify(metadata);
        const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)":/g)].map(([, name = ""]) => name);
        fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(text) && !holdsCardNumber(text));
        fc.pre(!names.some(isCardField));

        expect(check({ amount: 1, metadata }).ok).toBe(true);
      }),
    );
  });

  it("is accepted or refused, and any value at all never throws", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: false }), (value) => {
        expect(typeof check(value).ok).toBe("boolean");
      }),
    );
  });
});
