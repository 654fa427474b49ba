/** The words and signs of a query in the language of CloudWatch Logs Insights. Pure. */

export interface Token {
  readonly kind: "name" | "text" | "number" | "period" | "pattern" | "sign" | "end";
  /** Without quotes. */
  readonly text: string;
  /** Where it begins in the query. */
  readonly at: number;
}

/** What is wrong with a query, and where. */
export class QueryMistake extends Error {
  override readonly name = "QueryMistake";

  constructor(mistake: string, query: string, at: number) {
    const line = query.slice(0, at).split("\n").length;
    super(`${mistake}, in line ${line} of the query: ${query.split("\n")[line - 1]?.trim() ?? ""}`);
  }
}

/** In the order in which they are tried. */
const FORMS: readonly (readonly [Token["kind"] | "space", RegExp])[] = [
  ["space", /(?:\s|#[^\n]*)+/y],
  ["text", /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y],
  ["pattern", /\/((?:[^/\\\n]|\\.)+)\//y],
  ["period", /\d+(?:ms|s|m|h|d|w)\b/y],
  ["number", /\d+(?:\.\d+)?/y],
  ["name", /`([^`]+)`|@?[A-Za-z_][\w.]*/y],
  ["sign", /!=|<=|>=|=~|[|,()[\]=<>+\-*/%]/y],
];

/** The tokens of the query, and the end. Throws a QueryMistake. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    const [token, length] = tokenAt(query, at, tokens.at(-1));
    if (token !== undefined) tokens.push(token);
    at += length;
  }
  return [...tokens, { kind: "end", text: "the end", at }];
}

function tokenAt(query: string, at: number, before: Token | undefined): readonly [Token | undefined, number] {
  for (const [kind, form] of FORMS) {
    // After a value, a slash divides.
    if (kind === "pattern" && before !== undefined && dividesAfter(before)) continue;
    form.lastIndex = at;
    const found = form.exec(query);
    if (found === null) continue;
    const [whole, ...inner] = found;
    if (kind === "space") return [undefined, whole.length];
    return [{ kind, text: inner.find((text) => text !== undefined) ?? whole, at }, whole.length];
  }
  throw new QueryMistake(`"${query[at]}" is not expected`, query, at);
}

const dividesAfter = ({ kind, text }: Token) =>
  kind === "number" || text === ")" || (kind === "name" && !/^(like|and|or|not)$/i.test(text));
