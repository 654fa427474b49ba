/**
 * Stripe's search query language, as far as the emulator has it: `email:"ada@shop.example" AND -metadata["plan"]:"free"`.
 * `:` compares whole texts and `~` finds a part of a text, both in any case. Clauses are combined by AND (the default) or
 * by OR, not by both. https://docs.stripe.com/search#search-query-language
 */
import { invalidRequest } from "./errors.ts";

interface Clause {
  readonly isNegated: boolean;
  /** Such as `email`. */
  readonly field: string;
  /** The key in `metadata["key"]`. */
  readonly key: string | undefined;
  readonly operator: string;
  /** Null matches a field that is not set. */
  readonly value: string | null;
}

/** The text of a field; null if it is not set. `key` is that of metadata. */
export type FieldText<T> = (item: T, key: string) => string | null;

const TEXT = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/;
const CLAUSE = new RegExp(
  `^(-?)([a-z_]+)(?:\\[(${TEXT.source})\\])?\\s*([:~])\\s*(${TEXT.source}|null)(?=\\s|$)`,
);
const SHORTEST_PART = 3;

/** Whether an item matches the query. Throws a 400 for a query that Stripe or the emulator does not understand. */
export function readSearchQuery<T>(
  query: string,
  fields: Readonly<Record<string, FieldText<T>>>,
): (item: T) => boolean {
  const { clauses, isAny } = clausesOf(query);
  const tests = clauses.map((clause) => testOf(clause, fields));
  return (item) => (isAny ? tests.some((test) => test(item)) : tests.every((test) => test(item)));
}

function clausesOf(query: string): { clauses: Clause[]; isAny: boolean } {
  const clauses: Clause[] = [];
  const joints = new Set<string>();
  let rest = query.trim();
  do {
    const found = CLAUSE.exec(rest);
    if (found === null) throw invalid(`it cannot be read from "${rest.slice(0, 20)}"`);
    const [whole, minus, field = "", key, operator = "", value = ""] = found;
    clauses.push({
      isNegated: minus === "-",
      field,
      key: key === undefined ? undefined : unquoted(key),
      operator,
      value: value === "null" ? null : unquoted(value),
    });
    rest = rest.slice(whole.length).trim();
    const joint = /^(AND|OR)\s+/i.exec(rest);
    if (rest !== "") joints.add((joint?.[1] ?? "AND").toUpperCase());
    rest = rest.slice(joint?.[0].length ?? 0);
  } while (rest !== "");
  if (joints.size > 1) throw invalid("AND and OR cannot be combined");
  return { clauses, isAny: joints.has("OR") };
}

function testOf<T>(
  { isNegated, field, key, operator, value }: Clause,
  fields: Readonly<Record<string, FieldText<T>>>,
): (item: T) => boolean {
  const textOf = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (textOf === undefined || (field === "metadata") !== (key !== undefined))
    throw invalid(`"${field}" is not a field that the emulator can search`);
  const isPart = operator === "~";
  if (isPart && (field === "metadata" || (value ?? "").length < SHORTEST_PART))
    throw invalid(`"~" needs at least ${SHORTEST_PART} characters, and cannot be used on metadata`);
  const wanted = value?.toLowerCase() ?? null;
  return (item) => {
    const text = textOf(item, key ?? "")?.toLowerCase() ?? null;
    const matches = isPart ? text?.includes(wanted ?? "") === true : text === wanted;
    return matches !== isNegated;
  };
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}

function invalid(why: string) {
  return invalidRequest(`We were unable to parse your search query: ${why}.`, undefined, "query");
}
