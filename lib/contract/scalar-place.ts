/** Where a character of a YAML text stands in the file: quotes, escapes, folds and indentation are not part of the text. Pure. */

const IS_SPACE = /\s/;
/** Characters of an escape in double quotes, by the letter after the backslash; two for every other. */
const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/**
 * The offset in `raw`, a scalar as it stands in the file, of the character at `index` of its `value`. Exact for every
 * character but spaces, where lines were folded; after the last one, the place behind it.
 */
export function offsetInScalar(raw: string, value: string, index: number): number {
  const style = raw.charAt(0);
  const text = value.trimEnd();
  let at = style === "|" || style === ">" ? raw.indexOf("\n") + 1 : style === '"' || style === "'" ? 1 : 0;
  for (const character of text.slice(0, index)) at = afterCharacter(raw, at, character, style);
  return index < text.length ? beginOf(raw, at, text.charAt(index), style) : at;
}

function afterCharacter(raw: string, from: number, character: string, style: string): number {
  const at = beginOf(raw, from, character, style);
  if (style === '"' && raw.charAt(at) === "\\") return at + (ESCAPE_LENGTH[raw.charAt(at + 1)] ?? 2);
  if (style === "'" && character === "'") return at + 2;
  return raw.startsWith(character, at) ? at + character.length : at;
}

function beginOf(raw: string, from: number, character: string, style: string): number {
  let at = from;
  if (IS_SPACE.test(character)) return at;
  const isContinuation = () => style === '"' && /^\\\r?\n/.test(raw.slice(at, at + 3));
  while (IS_SPACE.test(raw.charAt(at)) || isContinuation()) at += 1;
  return at;
}
