/**
 * Finds text that looks like card data in a request, so that it is refused before it is stored or logged (SAQ A: the payer
 * enters the card on the pay page, nowhere else). Pure; the response says that card data was found, but never repeats it.
 *
 * A card number is 12 to 19 digits that begin as an issuer's numbers do, are as many as they have and pass the Luhn check.
 * They can be digits of any script, and lib/digit-groups.ts says what can be between them. The number must begin
 * and end where a group of digits does, so that a part of a longer number does not count.
 *
 * Known limits. A random number of 16 digits is refused in 3 % of cases, one of 19 in 2 %, one of 14, 15, 17 or 18 in
 * less than 0.5 %, one of 12 or 13 in 0.01 %. So are lists of numbers without words between them, if some of the numbers
 * together have that form. Unix times of this century, a date with its time, a phone number, UUIDs, hexadecimal digests
 * and Stripe's ids never are. Not found: a number that is spread over several fields, encoded, written in words, run
 * together with other digits, or inside a digest or UUID that has the usual form.
 */
import { type DigitGroup, digitGroups, hasFewDigits } from "./digit-groups.ts";

/** Follows a field's name in a message; the value is not quoted. */
export const CARD_NUMBER_MESSAGE =
  "looks like a card number; card data must never be sent here: the payer enters it on the pay page";
export const CARD_FIELD_MESSAGE =
  "is named like card data, which must never be sent here: the payer enters it on the pay page";

interface Issuer {
  /** First and last number of the range. As many leading digits are compared as both have. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly lengths: readonly number[];
}

const FROM_16_TO_19 = [16, 17, 18, 19];

/**
 * Source: https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN). Visa's 13 digits are left
 * out: they are no longer issued, and some phone numbers of 13 digits begin with 4. Maestro is limited to the prefixes in use.
 */
export const ISSUERS = {
  visa: { ranges: [[4, 4]], lengths: [16, 19] },
  mastercard: {
    ranges: [
      [51, 55],
      [2221, 2720],
    ],
    lengths: [16],
  },
  amex: {
    ranges: [
      [34, 34],
      [37, 37],
    ],
    lengths: [15],
  },
  discover: {
    ranges: [
      [6011, 6011],
      [644, 649],
      [65, 65],
    ],
    lengths: FROM_16_TO_19,
  },
  diners: {
    ranges: [
      [300, 305],
      [3095, 3095],
      [36, 36],
      [38, 39],
    ],
    lengths: [14, 16, 19],
  },
  jcb: { ranges: [[3528, 3589]], lengths: FROM_16_TO_19 },
  unionPay: {
    ranges: [
      [62, 62],
      [8100, 8171],
    ],
    lengths: FROM_16_TO_19,
  },
  maestro: {
    ranges: [
      [5018, 5018],
      [5020, 5020],
      [5038, 5038],
      [5893, 5893],
      [6304, 6304],
      [6759, 6759],
      [6761, 6763],
    ],
    lengths: [12, 13, 14, 15, ...FROM_16_TO_19],
  },
} as const satisfies Record<string, Issuer>;

const SHORTEST = 12;

/** Whether the text contains a card number. */
export function holdsCardNumber(text: string): boolean {
  return readings(text).some((reading) => cardNumbersIn(reading).next().done === false);
}

/** `text` with `mark` in place of each card number; if there is one, its other digits become plain ones too. */
export function maskCardNumbers(text: string, mark: string): string {
  for (const reading of readings(text)) {
    const found = [...cardNumbersIn(reading)];
    if (found.length === 0) continue;
    const plain = digitGroups(reading).text;
    const between = found.map(({ start }, place) => plain.slice(found[place - 1]?.end ?? 0, start));
    return [...between, plain.slice(found.at(-1)?.end)].join(mark);
  }
  return text;
}

/** The text, and what it says if it is percent-encoded: `%20` has digits of its own. */
function readings(text: string): string[] {
  if (text.length < SHORTEST || (!text.includes("%") && hasFewDigits(text, SHORTEST))) return [];
  if (!/%[0-9a-f]{2}/i.test(text)) return [text];
  const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return [decoded, text];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Card numbers in the plain text of `digitGroups`, from left to right; they do not overlap. */
function* cardNumbersIn(text: string): Generator<Span> {
  const { groups } = digitGroups(text);
  for (let first = 0; first < groups.length; first++) {
    const last = lastGroupOfCard(groups, first);
    const [from, to] = [groups[first], last === undefined ? undefined : groups[last]];
    if (last === undefined || from === undefined || to === undefined) continue;
    yield { start: from.start, end: to.end };
    first = last;
  }
}

/**
 * The last group of a card number that begins with the group at `first`. Between its groups are no words, or the same word
 * everywhere: one word could be anything, such as the currency after an amount, but a repeated one is a separator.
 */
function lastGroupOfCard(groups: readonly DigitGroup[], first: number): number | undefined {
  // No issuer's numbers begin with 0: these are the zeros of a fraction, or padding.
  let digits = groups[first]?.digits.replace(/^0+/, "") ?? "";
  if (digits === "") return undefined;
  const separator = separatorBefore(groups[first + 1]);
  let lengths: readonly number[] | undefined;
  for (let last = first; ; last++) {
    if (digits.length >= PREFIX_DIGITS) {
      lengths ??= lengthsOf(digits.slice(0, PREFIX_DIGITS));
      const isSeparated = separator === "" || last !== first + 1;
      if (isSeparated && lengths.includes(digits.length) && passesLuhn(digits)) return last;
      if (!lengths.some((length) => length > digits.length)) return undefined;
    }
    const next = groups[last + 1];
    if (next === undefined || separator === undefined || separatorBefore(next) !== separator)
      return undefined;
    digits += next.digits;
  }
}

/** The longest word that can be between two groups of one number. */
const MAX_WORD_LENGTH = 12;

/** The word before the group, if it can be inside one number; "" for none, and for `x`, which is used like a dash. */
function separatorBefore(group: DigitGroup | undefined): string | undefined {
  const word = group?.wordBefore ?? "";
  if (/^x*$/.test(word)) return "";
  return word.length <= MAX_WORD_LENGTH ? word : undefined;
}

/** The number of digits of the longest issuer prefix. */
const PREFIX_DIGITS = 4;
const lengthsByPrefix = new Map<string, readonly number[]>();

/** The possible lengths of a card number that begins with these digits. */
function lengthsOf(prefix: string): readonly number[] {
  const known = lengthsByPrefix.get(prefix);
  if (known !== undefined) return known;
  const lengths = Object.values<Issuer>(ISSUERS)
    .filter(({ ranges }) =>
      ranges.some(([first, last]) => {
        const digits = Number(prefix.slice(0, String(first).length));
        return first <= digits && digits <= last;
      }),
    )
    .flatMap((issuer) => issuer.lengths);
  lengthsByPrefix.set(prefix, lengths);
  return lengths;
}

/** https://en.wikipedia.org/wiki/Luhn_algorithm */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) & 0xf;
    const doubled = place % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const CARD_FIELDS: ReadonlySet<string> = new Set([
  "cardcode",
  "cardcvc",
  "cardcvv",
  "cardno",
  "cardnum",
  "cardnumber",
  "cardpin",
  "cardsecuritycode",
  "cardverificationcode",
  "cardverificationvalue",
  "ccnum",
  "ccnumber",
  "creditcard",
  "creditcardnumber",
  "csc",
  "cvc",
  "cvc2",
  "cvccode",
  "cvv",
  "cvv2",
  "cvvcode",
  "debitcard",
  "debitcardnumber",
  "magneticstripe",
  "magstripe",
  "pan",
  "pinblock",
  "primaryaccountnumber",
  "track1",
  "track1data",
  "track2",
  "track2data",
  "track3",
  "trackdata",
]);

/** Whether a field of this name would contain card data, in any spelling: `cardNumber`, `card_number`, `CARD-NUMBER`. */
export function isCardField(name: string): boolean {
  return (
    name.length <= 64 &&
    CARD_FIELDS.has(
      name
        .normalize("NFKC")
        .toLowerCase()
        .replace(/[^a-z0-9]/g, ""),
    )
  );
}
