/** Card numbers that no bank issued, for tests: right prefix, right length, right check digit. */
import fc from "fast-check";
import { ISSUERS } from "../../lib/card-data.ts";

const issuers = Object.values(ISSUERS);

/** A number of any issuer, in any of its lengths. */
export const cardNumber = fc
  .constantFrom(...issuers.flatMap(({ ranges, lengths }) => ranges.map((range) => ({ range, lengths }))))
  .chain(({ range: [first, last], lengths }) =>
    fc.tuple(fc.integer({ min: first, max: last }), fc.constantFrom<number>(...lengths)),
  )
  .chain(([prefix, length]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), {
        minLength: length - String(prefix).length - 1,
        maxLength: length - String(prefix).length - 1,
      })
      .map((rest) => withCheckDigit(`${prefix}${rest.join("")}`)),
  );

/** `digits` followed by the digit that makes them pass the Luhn check. */
export function withCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const weighted = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return total + Math.floor(weighted / 10) + (weighted % 10);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** Characters that people and programs put between digits; some of them cannot be seen. */
const BETWEEN = [
  ...[
    " ",
    "-",
    ".",
    "_",
    "\t",
    "\n",
    "/",
    ",",
    "|",
    ":",
    "+",
    "*",
    "#",
    ";",
    "=",
    "~",
    "\\",
    '"',
    "'",
    "(",
    ")",
  ],
  ...[
    "\u00a0",
    "\u2009",
    "\u2013",
    "\u2212",
    "\u00b7",
    "\u00d7",
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
  ],
  ...["\u0301", "\ufe0f\u20e3", "\u3164", "\u2800", "\ud83d\udcb3", "x", "X"],
];
const separator = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom(...BETWEEN), maxLength: 3 }) },
  fc.string({ unit: fc.constantFrom(...BETWEEN), minLength: 20, maxLength: 30 }),
);
/** The zero of every decimal system that this version of Unicode knows: the ten digits of each are in a row. */
const ZEROS = Array.from({ length: 0x11_0000 }, (_, code) => code)
  .filter((code) => /\p{Nd}/u.test(String.fromCodePoint(code)))
  .filter((_code, place) => place % 10 === 0);

const digitsOf = (zero: number) => (text: string) =>
  text.replace(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)));
const pickedFrom = (ten: string) => (text: string) =>
  text.replace(/[0-9]/g, (digit) => [...ten][Number(digit)] ?? digit);
/** Half of the numbers in plain digits, the others in any that show a number. */
const script = fc.oneof(
  fc.constant((text: string) => text),
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ZEROS.map(digitsOf)) },
    fc.constantFrom(
      ...["⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉", "⓪①②③④⑤⑥⑦⑧⑨", "⓿❶❷❸❹❺❻❼❽❾", "〇一二三四五六七八九"].map(pickedFrom),
    ),
  ),
);

/** A card number with anything between its digits, in any digits. */
export const spacedCardNumber = fc
  .tuple(
    cardNumber,
    fc.oneof(
      fc.array(separator, { minLength: 18, maxLength: 18 }),
      // The same word between groups of four.
      fc
        .constantFrom(" and ", "o", "then", "&nbsp;")
        .map((word) => Array.from({ length: 18 }, (_, place) => (place % 4 === 3 ? word : ""))),
    ),
    script,
  )
  .map(([digits, separators, write]) =>
    write(
      [...digits].map((digit, place) => (place === 0 ? "" : (separators[place - 1] ?? "")) + digit).join(""),
    ),
  );

/** A card number as a careless person or program might send it: with spacing, inside or glued to longer text. */
export const writtenCardNumber = fc
  .tuple(
    fc.constantFrom(
      "",
      "card ",
      "pay with:",
      "n°",
      "{",
      "a/",
      "tel. 12,",
      "deadbeef",
      "a",
      "0x",
      "cus_",
      "0.",
      "000",
    ),
    spacedCardNumber,
    fc.constantFrom(
      "",
      " exp 12/29",
      ", thanks",
      "}",
      "=2912101",
      "x",
      "deadbeef",
      "f00000000000000",
      "c0ffee",
    ),
  )
  .map(([before, number, after]) => before + number + after);
