/** Card numbers that no bank issued, for tests: right prefix, right length, right check digit. */
import fc from "fast-check";
import { ISSUERS } from "../../../lib/contract/card-data.ts";

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

const separator = fc.string({
  unit: fc.constantFrom(" ", "-", ".", "_", "\u00a0", "\u2013", "\u200b", "\t", "\u2212"),
  maxLength: 3,
});
const digitsOf = (zero: number) => (text: string) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
/** Plain, full-width, Arabic-Indic, and mathematical digits. */
const script = fc.constantFrom(...[0x30, 0xff10, 0x0660, 0x06f0, 0x1d7ce].map(digitsOf));

/** A card number with any spacing, in any digits. */
export const spacedCardNumber = fc
  .tuple(cardNumber, fc.array(separator, { minLength: 18, maxLength: 18 }), script)
  .map(([digits, separators, write]) =>
    write(
      [...digits].map((digit, place) => (place === 0 ? "" : (separators[place - 1] ?? "")) + digit).join(""),
    ),
  );

/** A card number as a careless person might send it: with spacing, inside longer text. */
export const writtenCardNumber = fc
  .tuple(
    fc.constantFrom("", "card ", "pay with:", "n°", "{", "a/", "tel. 12,"),
    spacedCardNumber,
    fc.constantFrom("", " exp 12/29", ", thanks", "}", "=2912101", "x"),
  )
  .map(([before, number, after]) => before + number + after);
