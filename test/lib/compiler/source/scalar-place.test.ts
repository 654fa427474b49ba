import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isScalar, parseDocument, stringify } from "yaml";
import { offsetInScalar } from "../../../../lib/compiler/source/scalar-place.ts";

/** `@` marks the character that is looked for, in the file and so in the text too. */
function placeOfMark(raw: string): number {
  const value: unknown = parseDocument(raw).toJS();
  if (typeof value !== "string") throw new Error(`${raw} is no text`);
  return offsetInScalar(raw, value, value.indexOf("@"));
}

describe("given a character of a YAML text", () => {
  it.each([
    ["plain", "a b @c"],
    ["plain, over lines", "a b\n  c d\n  @e"],
    ["plain, over an empty line", "a b\n\n  @e"],
    ["at the beginning", "@a"],
    ["in single quotes", "'a @b'"],
    ["after a quote in single quotes", "'it''s ''it'' @x'"],
    ["in single quotes, over lines", "'a\n   b @c'"],
    ["in double quotes", '"a @b"'],
    ["after escapes", '"\\"a\\" \\\\ \\x41 \\u0042 \\U00000043 \\n \\t @x"'],
    ["in double quotes, over lines", '"a\n   b\n  @c"'],
    ["after an escaped end of a line", '"a\\\n   b @c"'],
    ["after a break that is escaped, and a line that goes on", '"a\\n\\\n  \\n  b @c"'],
    ["after an escaped space that begins a line", '"a\\\n  \\  b @c"'],
    ["in a literal block", "|\n  a\n    b\n\n  @c\n"],
    [
      "in a literal block with an indicator and a comment",
      "|- # @ home\n  a\n  b@\n".replace("@ home", "at home"),
    ],
    ["in a folded block", ">\n  a\n  b\n\n  c @d\n"],
    ["in a folded block with deeper lines", ">+\n  a\n    b\n  @c\n\n"],
    ["in a block with Windows lines", "|\r\n  a\r\n  b @c\r\n"],
    ["in a folded block with Windows lines", ">\r\n  a\r\n  b @c\r\n"],
  ])("finds it %s", (_where, raw) => {
    expect(placeOfMark(raw)).toBe(raw.indexOf("@"));
  });

  it.each([
    ["plain", "ab", "ab", 2],
    ["in quotes", '"ab"', "ab", 3],
    ["in a block", "|\n  ab\n", "ab\n", 6],
    ["in a block, asked beyond the end of the line", "|\n  ab\n", "ab\n", 6],
  ])("finds the place after the last one %s", (_where, raw, value, offset) => {
    expect(offsetInScalar(raw, value, value.length)).toBe(offset);
    expect(offsetInScalar(raw, value, value.length + 5)).toBe(offset);
  });

  it("finds it in every style that the text can be written in", () => {
    const word = fc.stringMatching(/^[a-z"'\\=&|!]{1,6}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 8 }),
        fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_LITERAL", "BLOCK_FOLDED"),
        fc.constantFrom(" ", "\n", "\n\n", "\n  "),
        fc.integer({ min: 0, max: 30 }),
        (words, defaultStringType, space, lineWidth) => {
          const text = `x${words.join(space)} @`;
          const file = stringify({ condition: text }, { defaultStringType, lineWidth: lineWidth + 20 });
          const scalar = parseDocument(file).getIn(["condition"], true);
          const [begin, end] = isScalar(scalar) ? (scalar.range ?? [0, 0]) : [0, 0];
          const raw = file.slice(begin, end);
          expect(raw.charAt(offsetInScalar(raw, text, text.length - 1))).toBe("@");
          expect(raw.charAt(offsetInScalar(raw, text, 0))).toBe("x");
        },
      ),
    );
  });
});
