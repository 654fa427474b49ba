import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { redact } from "../../../lib/audit/redact.ts";
import { holdsCardNumber } from "../../../lib/card-data.ts";
import { auditableFields } from "../../../lib/compiler/contract/auditable-fields.ts";
import type { Fields } from "../../../lib/compiler/contract/field.ts";
import { tries } from "../../steps/effort.ts";
import { spacedCardNumber } from "../card-numbers.ts";

const fields = {
  amount: { type: "number" },
  customerId: { type: "string" },
  email: { type: "string" },
  metadata: { type: "object" },
  scan: { type: "file" },
  lines: {
    type: "array",
    items: { type: "object", properties: { priceId: { type: "string" }, phone: { type: "string" } } },
  },
} as const satisfies Fields;
const auditable = auditableFields(fields);
const redacted = (value: unknown) => redact(value, auditable);

describe("given inputs that fit the contract", () => {
  it("ids and amounts stay, and personal or free-form fields do not even show their structure", () => {
    expect(
      redacted({
        amount: 4200,
        customerId: "cus_1",
        email: "ada@example.com",
        metadata: { note: "for Ada", tags: ["a"] },
        scan: "aGVsbG8=",
        lines: [{ priceId: "price_1", phone: "+44 1" }],
      }),
    ).toEqual({
      amount: 4200,
      customerId: "cus_1",
      email: "[redacted]",
      metadata: "[redacted]",
      scan: "[redacted]",
      lines: [{ priceId: "price_1", phone: "[redacted]" }],
    });
  });

  it("a field that was left out is not shown", () => {
    expect(redacted({ amount: 1 })).toEqual({ amount: 1 });
  });
});

describe("given inputs that the contract refuses", () => {
  it.each<[string, unknown, unknown]>([
    [
      "unknown fields are counted, not named",
      { amount: 1, "4242 4242": 1, b: {} },
      { amount: 1, "[unknown fields]": 2 },
    ],
    [
      "names that every object inherits are counted too",
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
      { "[unknown fields]": 2 },
    ],
    ["an object where text belongs", { customerId: { name: "Ada" } }, { customerId: "[redacted]" }],
    ["an array where text belongs", { customerId: ["Ada"] }, { customerId: "[redacted]" }],
    ["text where an array belongs", { lines: "Ada" }, { lines: "[redacted]" }],
    ["an object where an array belongs", { lines: { "*": { priceId: "Ada" } } }, { lines: "[redacted]" }],
    ["an array where the payload belongs", ["Ada"], "[redacted]"],
    ["text where the payload belongs", "Ada", "[redacted]"],
    ["null", { amount: null, customerId: true }, { amount: null, customerId: true }],
    ["a card number in an id", { customerId: "4242 4242 4242 4242" }, { customerId: "[number]" }],
    ["a card number as a number", { amount: 4242424242424242 }, { amount: "[redacted]" }],
    ["a secret in an id", { customerId: "pi_1_secret_2" }, { customerId: "[client secret]" }],
    ["an address in an id", { customerId: "ada@example.com" }, { customerId: "[email]" }],
    ["a card number with dots in an id", { customerId: "4242.4242.4242.4242" }, { customerId: "[number]" }],
    ["a raised card number in an id", { customerId: "⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²" }, { customerId: "[number]" }],
    ["an API key in an id", { customerId: "csk_tV9zMGJVfZ-8r1Yv" }, { customerId: "[key]" }],
    ["a person's name in an id", { customerId: "Ada Lovelace" }, { customerId: "[text]" }],
    ["a person's name as an amount", { amount: "Ada Lovelace" }, { amount: "[text]" }],
    ["long text in an id", { customerId: "a".repeat(257) }, { customerId: "[long text]" }],
    ["too many items", { lines: Array(22).fill({}) }, { lines: [...Array(20).fill({}), "[2 more]"] }],
  ])("%s", (_what, value, shown) => {
    expect(redacted(value)).toEqual(shown);
  });
});

describe("given any value at all", () => {
  /** Texts and names that would be recognized anywhere. */
  const canary = fc.nat().map((n) => `canary${n}`);
  const anything = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, canary, fc.integer(), fc.constant(null), tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 3 }),
    object: fc.dictionary(
      fc.oneof(canary, fc.constantFrom(...Object.keys(fields), "priceId", "phone", "*", "0")),
      tie("value"),
      { maxKeys: 6 },
    ),
  })).value;

  /** The values at the auditable places. */
  function atAuditablePlaces(value: unknown): unknown[] {
    const at = (node: unknown, name: string): unknown =>
      typeof node === "object" && node !== null && !Array.isArray(node) && Object.hasOwn(node, name)
        ? Reflect.get(node, name)
        : undefined;
    const lines = at(value, "lines");
    return [
      at(value, "amount"),
      at(value, "customerId"),
      ...(Array.isArray(lines) ? lines.map((line) => at(line, "priceId")) : []),
    ];
  }

  it("no text and no name is left that is not at an auditable place", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const allowed = new Set(atAuditablePlaces(value));
        const left = JSON.stringify(redacted(value)).match(/canary\d+/g) ?? [];
        expect(left.filter((text) => !allowed.has(text))).toEqual([]);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });

  it("no secret, no card number and no sentence is left in any place", () => {
    const forbidden = fc.oneof(
      fc.constantFrom(
        "Ada Lovelace",
        "canary@example.com",
        "pi_1_secret_2",
        "sk_live_51Abc",
        "csk_tV9zMGJVfZ",
      ),
      spacedCardNumber,
    );
    const payload = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, forbidden, tie("list"), tie("object")),
      list: fc.array(tie("value"), { maxLength: 3 }),
      object: fc.dictionary(
        fc.oneof(forbidden, fc.constantFrom(...Object.keys(fields), "priceId", "phone")),
        tie("value"),
        { maxKeys: 6 },
      ),
    })).value;
    fc.assert(
      fc.property(payload, (value) => {
        const left = JSON.stringify(redacted(value));
        expect(left).not.toMatch(/Ada|canary@|_secret_|sk_live|csk_/);
        expect(holdsCardNumber(left)).toBe(false);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });

  it("the values at auditable places are unchanged", () => {
    fc.assert(
      fc.property(fc.record({ amount: fc.integer(), customerId: canary, more: anything }), (value) => {
        expect(redacted(value)).toEqual({
          amount: Math.abs(value.amount) < 1e11 ? value.amount : "[redacted]",
          customerId: value.customerId,
          "[unknown fields]": 1,
        });
      }),
    );
  });
});
