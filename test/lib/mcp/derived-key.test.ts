/** The Idempotency-Key of a tool call. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { tools } from "../../../generated/mcp-tools.ts";
import { holdsCardNumber } from "../../../lib/card-data.ts";
import { derivedKey, type KeyedCall } from "../../../lib/mcp/derived-key.ts";
import { anyJson } from "../../steps/any-json.ts";
import { tries } from "../../steps/effort.ts";

const TOOL: KeyedCall["tool"] = {
  name: "charge",
  inputSchema: {
    type: "object",
    properties: {
      currency: { type: "string", default: "usd" },
      lines: {
        type: "array",
        items: { type: "object", properties: { quantity: { type: "integer", default: 1 } } },
      },
    },
  },
};

const keyOf = (input: Readonly<Record<string, unknown>>, more: Partial<KeyedCall> = {}) =>
  derivedKey({ principalId: "agent", tool: TOOL, input, reference: undefined, ...more });

describe("given two tool calls", () => {
  it("the same arguments have one key, in any order, with defaults or without", () => {
    const key = keyOf({ amount: 1, lines: [{ amount: 2 }] });
    expect(keyOf({ lines: [{ quantity: 1, amount: 2 }], currency: "usd", amount: 1 })).toBe(key);
  });

  it("another principal, tool, argument or reference has another key", () => {
    const keys = [
      keyOf({ amount: 1 }),
      keyOf({ amount: 2 }),
      keyOf({ amount: "1" }),
      keyOf({ amount: 1, currency: "eur" }),
      keyOf({ amount: 1, lines: [{ quantity: 2 }] }),
      keyOf({ amount: 1 }, { principalId: "other" }),
      keyOf({ amount: 1 }, { tool: { ...TOOL, name: "refund" } }),
      keyOf({ amount: 1 }, { reference: "second" }),
      keyOf({ amount: 1, reference: "second" }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("no key looks like a card number, or can be refused as a header", () => {
    fc.assert(
      fc.property(anyJson.fields, fc.constantFrom(...tools), (input, tool) => {
        const key = keyOf(input, { tool });
        expect(key).toMatch(/^mcp-[a-p]{64}$/);
        expect(holdsCardNumber(key)).toBe(false);
      }),
      { numRuns: tries({ sample: 100, whole: 5_000 }) },
    );
  });
});
