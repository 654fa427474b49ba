/**
 * Takes out of a text what must not be written down, as far as its form gives it away: keys, tokens, client secrets, email
 * addresses, phone and card numbers. A name or a sentence has no such form. So of text that a caller chose only a single
 * word is ever kept (`singleWord`), and of a stranger's message nothing that it quotes (`withoutQuotations`). Pure.
 */

/** What may stand between the digits of a number as people write it: see lib/contract/card-data.ts. */
const BETWEEN_DIGITS = "[\\s\\p{Pd}\\p{Cf}._·•−]{0,3}";

/** Each is bounded in how far it looks from any one place: texts may be long, and somebody else's. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Stripe's own messages show a key with asterisks and its last characters.
  [/\b(?:sk|rk|pk)_(?:test|live)_[\w*]+/g, "[key]"],
  [/\bcsk_[\w-]+/g, "[key]"],
  [/\bwhsec_\w+/g, "[webhook secret]"],
  [/\b\w+_secret_\w+/g, "[client secret]"],
  [/\be[wy][\w-]{6,1000}\.[\w-]+\.[\w-]*/g, "[token]"],
  [/\bpi_\w+\.[0-9a-z]{1,10}\.[\w-]{43}/g, "[payment link]"],
  [/[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/g, "[email]"],
  [/\+\d(?:[\s()./-]{0,3}\d){6,14}/g, "[number]"],
  [
    new RegExp(`(?<![\\p{L}\\p{N}_])\\p{Nd}(?:${BETWEEN_DIGITS}\\p{Nd}){11,18}(?![\\p{L}\\p{N}_])`, "gu"),
    "[number]",
  ],
];

/** `text` with a mark in the place of each. For text that comes from elsewhere. */
export function scrub(text: string): string {
  return PATTERNS.reduce((scrubbed, [pattern, mark]) => scrubbed.replace(pattern, mark), text);
}

/**
 * Text that stands where an id, a code or a field's name belongs: itself when it is one word, scrubbed, and else a mark that
 * says what it was. A single word of personal data cannot be told from an id, and is kept.
 */
export function singleWord(text: string): string {
  const scrubbed = scrub(text);
  if (!/\s/.test(text)) return scrubbed;
  // Such as a card number with blanks in it: to be told what it was is of use to whoever sent it.
  return /^\[[a-z ]+\]$/.test(scrubbed) ? scrubbed : "[text]";
}

/** Of a longer one the end says nothing more. */
const MAX_MESSAGE_LENGTH = 2_000;

/**
 * A stranger's message without what stands in quotation marks: libraries quote the very values that they refuse. What is
 * opened and not closed is left out to the end.
 */
export function withoutQuotations(message: string): string {
  return message
    .slice(0, MAX_MESSAGE_LENGTH)
    .replace(/".*"|`.*`|(?<!\w)'.*'(?!\w)|["`].*$|(?<!\w)'.*$/gs, "[quoted]");
}
