import { describe, expect, it } from "@jest/globals";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { setOwnField } from "../../lib/own-field.ts";
import { present } from "../../lib/present.ts";

const HOSTILE = '{"__proto__":{"isAdmin":true},"constructor":1,"b":2}';

describe("given names that come from outside", () => {
  it("a field named __proto__ is a field like any other", () => {
    const record: Record<string, unknown> = {};
    setOwnField(record, "__proto__", { isAdmin: true });
    setOwnField(record, "toString", "text");
    expect(Object.keys(record)).toEqual(["__proto__", "toString"]);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });

  it("present and canonicalJson keep such fields, and inherit nothing from them", () => {
    const fields: object = JSON.parse(HOSTILE);
    const kept = present({ ...fields, missing: undefined });
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    expect(canonicalJson(kept)).toBe('{"__proto__":{"isAdmin":true},"b":2,"constructor":1}');
  });
});
