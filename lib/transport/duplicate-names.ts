/** Finds names that occur twice in one object of a JSON text, which `JSON.parse` does not report. Pure. */

interface OpenValue {
  /** The names so far; undefined in an array. */
  readonly names: Set<string> | undefined;
  /** Name or index of the current member. */
  member: string | number;
}

/**
 * A string, with the colon after it if it is a name, or a punctuation mark. The text in between does not matter here.
 */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(?<colon>\s*:)?|[{}[\],]/g;

/** The path of the first name that occurs twice in its object; undefined if none does. `json` must be valid JSON. */
export function duplicateName(json: string): readonly string[] | undefined {
  const open: OpenValue[] = [];
  for (const { 0: token, groups } of json.matchAll(TOKEN)) {
    const inner = open.at(-1);
    if (token === "{") open.push({ names: new Set(), member: "" });
    else if (token === "[") open.push({ names: undefined, member: 0 });
    else if (token === "}" || token === "]") open.pop();
    else if (inner === undefined) continue;
    else if (token === "," && typeof inner.member === "number") inner.member += 1;
    else if (groups?.colon !== undefined) {
      inner.member = unquoted(token.slice(0, -groups.colon.length));
      if (inner.names?.has(inner.member)) return open.map(({ member }) => String(member));
      inner.names?.add(inner.member);
    }
  }
  return undefined;
}

/** The same name can be written with and without escapes. */
function unquoted(literal: string): string {
  return literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
}
