/** Where a character of a YAML text is in the file: quotes, escapes, folds and indentation are not part of the text. Pure. */

/** The length of an escape in double quotes, by the letter after the backslash; two for every other letter. */
const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };
/** Any form of space in double quotes. An escaped line end is not a space, but is skipped too. */
const ESCAPED_SPACE = /^(?:\s|\\\r?\n|\\[ \tntrvf_LP]|\\x20|\\u0020)*/;
const SPACE = /^\s*/;

/**
 * The offset in `raw`, a scalar as written in the file, of the character at `index` of its `value`. For a space, which can
 * be a folded line, and for an index after the end: the place after the previous character.
 */
export function offsetInScalar(raw: string, value: string, index: number): number {
  const style = raw.charAt(0);
  const space = style === '"' ? ESCAPED_SPACE : SPACE;
  const isSpace = (character: string) => character.trim() === "";
  const begin = (from: number) => from + (space.exec(raw.slice(from))?.[0].length ?? 0);
  let at = style === "|" || style === ">" ? raw.indexOf("\n") + 1 : style === '"' || style === "'" ? 1 : 0;
  for (const character of value.slice(0, index)) {
    if (!isSpace(character)) at = begin(at) + lengthAt(raw, begin(at), character, style);
  }
  return isSpace(value.charAt(index)) ? at : begin(at);
}

function lengthAt(raw: string, at: number, character: string, style: string): number {
  if (style === '"' && raw.charAt(at) === "\\") return ESCAPE_LENGTH[raw.charAt(at + 1)] ?? 2;
  return style === "'" && character === "'" ? 2 : character.length;
}
