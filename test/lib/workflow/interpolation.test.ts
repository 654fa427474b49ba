import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { resolve, type Scope } from "../../../lib/workflow/interpolation.ts";

interface Cases {
  readonly scope: Scope;
  readonly cases: readonly { readonly given: string; readonly template: unknown; readonly gives?: unknown }[];
}

const { scope, cases }: Cases = parse(readFileSync("test/lib/workflow/interpolation-cases.yml", "utf8"));

describe("a template of a step's inputs", () => {
  it.each(cases)("resolves $given", ({ template, gives }) => {
    expect(resolve(template, scope)).toEqual(gives);
  });

  it("leaves out the key of an absent field", () => {
    const resolved = resolve({ name: `\${input.missing}` }, scope);

    expect(Object.keys(Object(resolved))).toEqual([]);
  });

  it("keeps a key called __proto__ a key", () => {
    const resolved = resolve(JSON.parse('{"__proto__": {"admin": true}}'), scope);

    expect(Object.getPrototypeOf(resolved)).toBe(Object.prototype);
    expect(JSON.stringify(resolved)).toBe('{"__proto__":{"admin":true}}');
  });

  it("returns the value of any whole reference unchanged", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const given = { input: { value }, steps: {} };

        expect(resolve(`\${input.value}`, given)).toEqual(value === null ? undefined : value);
      }),
    );
  });

  it("never writes undefined, and never reads a value as a template", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("there", "missing"), (value, name) => {
        const given = { input: { there: value }, steps: {} };

        expect(resolve(`<\${input.${name}}>`, given)).toBe(name === "there" ? `<${value}>` : "<>");
      }),
    );
  });
});
