/** Operators of other languages in a condition that CEL could not read, and how CEL spells them. Pure. */

export interface SpellingHint {
  /** In the condition, counted from 0. */
  readonly offset: number;
  readonly message: string;
}

/** CEL's spelling, by what authors write instead. */
const SPELLINGS: Readonly<Record<string, string>> = {
  AND: "&&",
  OR: "||",
  NOT: "!",
  "NOT IN": "!(x in [...])",
  IN: "in",
  "=": "==",
  "<>": "!=",
};

/** Text and comments, to be skipped; words that are not the name of a field; and signs. */
const TOKENS =
  /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*|(?<word>(?<![.\w])(?:NOT\s+IN|AND|OR|NOT|IN)\b)|(?<sign><>|(?<![=!<>])=(?!=))/gi;

/** One hint for each such operator, in the order of the text. */
export function spellingHints(condition: string): SpellingHint[] {
  return [...condition.matchAll(TOKENS)].flatMap(({ index, groups = {} }) => {
    const written = (groups.word ?? groups.sign ?? "").replace(/\s+/g, " ");
    const spelling = SPELLINGS[written.toUpperCase()];
    if (spelling === undefined || spelling === written) return [];
    return [{ offset: index, message: `in CEL, ${written} is spelled ${spelling}` }];
  });
}
