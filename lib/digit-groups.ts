/**
 * The groups of digits in a text, and the words between them, so that lib/card-data.ts finds a number in any
 * writing. Pure, and linear in the length of the text.
 *
 * Digits are those of every decimal system, and characters that show one: fullwidth, circled, superscript, Chinese. Only
 * letters and other numbers are words; anything else, visible or not, in any number, is between the groups of one number.
 * Letters end a group, so that a number is found that is glued to them.
 *
 * Left out are ids that have digits but are not numbers: UUIDs, and digests in hexadecimal. A digest has the length of
 * one and looks random: letters, and most of the 16 characters. Dates with times are left out too.
 */

export interface DigitGroup {
  /** `0` to `9`. */
  readonly digits: string;
  /** The letters between this group and the one before, in lowercase; "" if there are none. */
  readonly wordBefore: string;
  /** Where the group begins and ends in the plain text. */
  readonly start: number;
  readonly end: number;
}

/**
 * Whether the text is known, without a closer look, to have no groups with `least` digits in all: it is a UUID, or it is ASCII
 * and has fewer digits. Most texts that are checked are ids.
 */
export function hasFewDigits(text: string, least: number): boolean {
  let digits = 0;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    // A character of another script can be a digit.
    if (code > 127) return false;
    if (code >= 48 && code <= 57) digits += 1;
  }
  return digits < least || ONLY_A_UUID.test(text);
}

/** The text with plain digits, and its groups of digits. */
export function digitGroups(given: string): { readonly text: string; readonly groups: DigitGroup[] } {
  const text = plainDigits(given);
  const searched = text.replace(IDS, withoutId).replace(DATE_TIME, withoutDigits);
  let end = 0;
  const groups = Array.from(searched.matchAll(/[0-9]+/g), (match) => {
    const wordBefore = wordIn(searched.slice(end, match.index));
    end = match.index + match[0].length;
    return { digits: match[0], wordBefore, start: match.index, end };
  });
  return { text, groups };
}

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const ONLY_A_UUID = new RegExp(`^${UUID}$`, "i");
const IDS = new RegExp(`(?<![0-9a-z])(?:${UUID}|[0-9a-f]{32,128})(?![0-9a-z])`, "gi");
/** Characters of MD5, SHA-1 and the SHA-2 digests, in hexadecimal. */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([32, 40, 56, 64, 96, 128]);
/** One random digest of 32 characters in 3,000 has fewer letters, and one in 300 fewer different characters. */
const LEAST_LETTERS = 4;
const LEAST_DIFFERENT = 11;
/** Without dashes, a UUID has the length of a digest. Those that begin with a time or a counter have many zeros. */
const UUID_WITHOUT_DASHES = /^[0-9a-f]{12}[1-8][0-9a-f]{3}[89ab][0-9a-f]{15}$/i;
const LEAST_DIFFERENT_IN_UUID = 9;

function withoutId(id: string): string {
  return id.includes("-") || isDigest(id) ? withoutDigits(id) : id;
}

function isDigest(id: string): boolean {
  const different = new Set(id.toLowerCase()).size;
  if (UUID_WITHOUT_DASHES.test(id) && different >= LEAST_DIFFERENT_IN_UUID) return true;
  const letters = id.replace(/[0-9]/g, "").length;
  return DIGEST_LENGTHS.has(id.length) && letters >= LEAST_LETTERS && different >= LEAST_DIFFERENT;
}

const YEAR = "(?:19|20)[0-9]{2}";
const DAY_OR_MONTH = "(?:0?[1-9]|[12][0-9]|3[01])";
/** `2026-11-25T09:30:00.123Z`, `4/12/2026, 16:30`, `25.11.2026 9:30:00`. */
const DATE_TIME = new RegExp(
  `(?<![0-9])(?:${YEAR}([-/.])${DAY_OR_MONTH}\\1${DAY_OR_MONTH}|${DAY_OR_MONTH}([-/.])${DAY_OR_MONTH}\\2${YEAR})` +
    "(?:T|,? )(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?![0-9])",
  "gi",
);

/** As long as `id`, so that places in the text stay the same, and longer than any word between two groups. */
const withoutDigits = (id: string) => "z".repeat(id.length);

function wordIn(between: string): string {
  if (between.length === 1 && between < "0") return "";
  return between.replace(/[^\p{L}\p{N}]|\p{Default_Ignorable_Code_Point}/gu, "").toLowerCase();
}

function plainDigits(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text
    .normalize("NFKC")
    .replace(/(?![0-9])\p{Nd}|[❶-❾➀-➈➊-➒⓵-⓽⓿〇零一二三四五六七八九]/gu, plainDigit);
}

/** Characters that show one digit, but belong to no decimal system and have no plain form in Unicode, from 1 on. */
const OTHER_DIGITS = ["❶❷❸❹❺❻❼❽❾", "➀➁➂➃➄➅➆➇➈", "➊➋➌➍➎➏➐➑➒", "⓵⓶⓷⓸⓹⓺⓻⓼⓽", "一二三四五六七八九"];

function plainDigit(digit: string): string {
  for (const nine of OTHER_DIGITS) {
    if (nine.includes(digit)) return String(nine.indexOf(digit) + 1);
  }
  return /\p{Nd}/u.test(digit) ? String(decimalOf(digit)) : "0";
}

/** Every decimal system has its ten digits in a row, and a row begins with a zero. */
function decimalOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (code - first) % 10;
}
