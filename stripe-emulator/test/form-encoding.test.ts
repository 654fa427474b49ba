import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  canonicalForm,
  type Encodable,
  encodeForm,
  FormEncodingError,
  type FormFields,
  type FormValue,
  parseForm,
} from "../protocol/form-encoding.ts";

/** Names as in Stripe's parameters, and values as people type them. */
const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/[[\]]/.test(text));
const data = fc.letrec<{ value: Encodable; hash: Record<string, Encodable> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { minLength: 1, maxLength: 4 }),
    tie("hash"),
  ),
  hash: fc.dictionary(name, tie("value"), { minKeys: 1, maxKeys: 4 }),
})).hash;

/** The data as the parser should return it: texts in nested maps, lists as maps of indexes. */
function expected(value: Encodable): FormValue {
  if (typeof value !== "object") return String(value);
  return new Map(Object.entries(value).map(([key, item]) => [key, expected(item)]));
}

describe("given form-encoded parameters", () => {
  it("parsing returns the data that was encoded", () => {
    fc.assert(
      fc.property(data, (given) => {
        expect(parseForm(encodeForm(given))).toEqual(expected(given));
      }),
    );
  });

  it("the canonical form does not depend on the order of the parameters", () => {
    fc.assert(
      fc.property(data, (given) => {
        const reversed = Object.fromEntries(Object.entries(given).reverse());
        expect(canonicalForm(parseForm(encodeForm(reversed)))).toBe(
          canonicalForm(parseForm(encodeForm(given))),
        );
      }),
    );
  });

  it("no text makes the parser fail with anything but a FormEncodingError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseForm(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FormEncodingError);
        }
      }),
    );
  });

  it.each<[string, FormFields]>([
    [
      "expand[]=a&expand[]=b",
      new Map([
        [
          "expand",
          new Map([
            ["0", "a"],
            ["1", "b"],
          ]),
        ],
      ]),
    ],
    ["name=Ada+L%26ce", new Map([["name", "Ada L&ce"]])],
    ["a=1&a=2", new Map([["a", "2"]])],
    ["description=", new Map([["description", ""]])],
    ["__proto__[x]=1", new Map([["__proto__", new Map([["x", "1"]])]])],
  ])("%s is parsed as Stripe does", (text, fields) => {
    expect(parseForm(text)).toEqual(fields);
  });

  it.each(["a[b=1", "[a]=1", "a=%E0%A4%A", "a=1&a[b]=2", "a[b]=2&a=1", `a${"[b]".repeat(20)}=1`])(
    "%s is refused",
    (text) => {
      expect(() => parseForm(text)).toThrow(FormEncodingError);
    },
  );
});
