/**
 * Removes from text the things that must not be logged and that have a recognizable form: keys, tokens, client secrets, email
 * addresses, phone and card numbers. A name or a sentence has no such form. So only a single word of text that a caller
 * chose is ever kept (`singleWord`), and quotations in other libraries' messages are removed (`withoutQuotations`). Pure.
 */

import { maskCardNumbers } from "./card-data.ts";

/** What can be between the digits of a number that is not a card's, as people write it. */
const BETWEEN_DIGITS = "[\\s\\p{Pd}\\p{Cf}._·•−]{0,3}";

/**
 * Each pattern is bounded in how far it looks from one place: text can be long, and chosen by an attacker. A text without
 * `partOfEach` has no match, which is seen sooner than with the pattern.
 */
const PATTERNS: readonly (readonly [pattern: RegExp, mark: string, partOfEach?: string])[] = [
  // Stripe's own messages show a key with asterisks and its last characters.
  [/\b(?:sk|rk|pk)_(?:test|live)_[\w*]+/g, "[key]", "k_"],
  [/\bcsk_[\w-]+/g, "[key]", "csk_"],
  [/\bwhsec_[\w+/=-]+/g, "[webhook secret]", "whsec_"],
  [/\b\w+_secret_\w+/g, "[client secret]", "_secret_"],
  [/\be[wy][\w-]{6,1000}\.[\w-]+\.[\w-]*/g, "[token]", "."],
  [/\bpi_\w+\.[0-9a-z]{1,10}\.[\w-]{43}/g, "[payment link]", "pi_"],
  [/[\w.+-]{1,64}@[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)+/gu, "[email]", "@"],
  [/\+\d(?:[\s()./-]{0,3}\d){6,14}/g, "[number]", "+"],
  [
    new RegExp(`(?<![\\p{L}\\p{N}_])\\p{Nd}(?:${BETWEEN_DIGITS}\\p{Nd}){11,18}(?![\\p{L}\\p{N}_])`, "gu"),
    "[number]",
  ],
];

/** `text` with a mark in place of each match. For text from outside. */
export function scrub(text: string): string {
  // Before the others, which could remove a part of a card number and leave the rest.
  const withoutCards = maskCardNumbers(text, "[number]");
  return PATTERNS.reduce(
    (scrubbed, [pattern, mark, partOfEach = ""]) =>
      scrubbed.includes(partOfEach) ? scrubbed.replace(pattern, mark) : scrubbed,
    withoutCards,
  );
}

/**
 * Text in the place of an id, a code or a field's name. One word is scrubbed and kept; anything else becomes a mark that says
 * what it was. A single word of personal data cannot be distinguished from an id, and is kept.
 */
export function singleWord(text: string): string {
  const scrubbed = scrub(text);
  if (!/\s/.test(text)) return scrubbed;
  // Such as a card number with spaces in it: the mark helps the sender to see the mistake.
  return /^\[[a-z ]+\]$/.test(scrubbed) ? scrubbed : "[text]";
}

/** The end of a longer message adds nothing. */
const MAX_MESSAGE_LENGTH = 2_000;

/**
 * Another library's message without its quotations: libraries quote the values that they refuse. An unclosed quotation is
 * removed up to the end.
 */
export function withoutQuotations(message: string): string {
  return message
    .slice(0, MAX_MESSAGE_LENGTH)
    .replace(/".*"|`.*`|(?<!\w)'.*'(?!\w)|["`].*$|(?<!\w)'.*$/gs, "[quoted]");
}
