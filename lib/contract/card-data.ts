/**
 * Finds text that looks like card data in a request, so that it is refused before it is stored or logged (SAQ A: the payer
 * enters the card on the pay page, nowhere else). Pure; the response says that card data was found, but never repeats it.
 *
 * A card number is a run of 12 to 19 digits that begins as an issuer's numbers do, is as long as they are and passes the
 * Luhn check. The digits can be of another script and be spaced out. The number must begin and end where a group of
 * digits does, so that a part of a longer number does not count.
 *
 * Known limits. A random number of 16 digits is refused in 3 % of cases, one of 19 in 2 %, one of 14, 15, 17 or 18 in
 * less than 0.5 %, one of 12 or 13 in 0.01 %. Unix times of this century, a date with its time, UUIDs, hexadecimal
 * digests and Stripe's ids never are. Not found: a number that is spread over several fields, encoded, written in words,
 * or run together with other digits.
 */

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

/** Digits with up to three spaces, dashes, dots or similar characters between any two. */
const DIGIT_RUN = /\d(?:[\s\p{Pd}\p{Cf}._·•−]{0,3}\d){11,}/gu;
/** Ids with digits in them that are not numbers. A digest has letters too, and more digits than a card. */
const IDS =
  /(?<![0-9a-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{24,})(?![0-9a-z])/gi;

/** Whether the text contains a card number. */
export function holdsCardNumber(text: string): boolean {
  if (text.length < SHORTEST) return false;
  for (const [run] of asciiDigits(text).replace(IDS, "#").matchAll(DIGIT_RUN)) {
    if (holdsCardGroups(run.match(/\d+/g) ?? [])) return true;
  }
  return false;
}

/** NFKC turns full-width, mathematical and superscript digits into plain ones, but not Arabic ones. */
function asciiDigits(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text
    .normalize("NFKC")
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}

/** Whether consecutive groups together form a card number. */
function holdsCardGroups(groups: readonly string[]): boolean {
  return groups.some((_, start) => {
    let digits = "";
    for (let end = start; end < groups.length; end++) {
      digits += groups[end];
      if (digits.length < PREFIX_DIGITS) continue;
      const lengths = lengthsOf(digits.slice(0, PREFIX_DIGITS));
      if (lengths.includes(digits.length) && passesLuhn(digits)) return true;
      if (!lengths.some((length) => length > digits.length)) return false;
    }
    return false;
  });
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
    const digit = Number(digits[digits.length - 1 - place]);
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
