/** Expressions of queries: what a field, a comparison or a function is in one line of a log. Pure. */
import { entryOf } from "../../lib/untrusted.ts";
import { QueryMistake, type Token } from "./query-tokens.ts";

/** What a field of a line, or an expression, can be. */
export type Value = string | number | boolean | undefined;
export type Fields = Readonly<Record<string, Value>>;
export type Expression = (fields: Fields) => Value;

/** The part of a query that is not read yet. */
export class QueryReader {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  /** The names of the fields that the query has read so far. */
  readonly named = new Set<string>();

  constructor(query: string, tokens: readonly Token[]) {
    this.#query = query;
    this.#tokens = tokens;
  }

  /** The next token, which stays the next one. */
  get token(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "the end", at: this.#query.length };
  }

  take(): Token {
    const { token } = this;
    this.#next += 1;
    return token;
  }

  /** Whether the next token is this sign or word; then it is taken. */
  takes(text: string): boolean {
    const { token } = this;
    const isIt = (token.kind === "sign" || token.kind === "name") && token.text.toLowerCase() === text;
    if (isIt) this.#next += 1;
    return isIt;
  }

  expect(text: string): void {
    if (!this.takes(text)) throw this.mistake(`"${text}" is missing before "${this.token.text}"`);
  }

  name(): string {
    const token = this.take();
    if (token.kind !== "name") throw this.mistake(`a name is missing before "${token.text}"`, token);
    return token.text;
  }

  /** What stands in the query from `at` up to the next token. */
  textSince(at: number): string {
    return this.#query.slice(at, this.token.at).trim();
  }

  mistake(text: string, { at } = this.token): QueryMistake {
    return new QueryMistake(text, this.#query, at);
  }
}

/** A condition or a value. */
export function readExpression(reader: QueryReader): Expression {
  let left = readAnd(reader);
  while (reader.takes("or")) {
    const [first, second] = [left, readAnd(reader)];
    left = (fields) => isTrue(first(fields)) || isTrue(second(fields));
  }
  return left;
}

function readAnd(reader: QueryReader): Expression {
  let left = readNot(reader);
  while (reader.takes("and")) {
    const [first, second] = [left, readNot(reader)];
    left = (fields) => isTrue(first(fields)) && isTrue(second(fields));
  }
  return left;
}

function readNot(reader: QueryReader): Expression {
  if (!reader.takes("not")) return readComparison(reader);
  const negated = readNot(reader);
  return (fields) => !isTrue(negated(fields));
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function readComparison(reader: QueryReader): Expression {
  const left = readSum(reader);
  const isNegated = reader.takes("not");
  const negated = (condition: (fields: Fields) => boolean): Expression =>
    isNegated ? (fields) => !condition(fields) : condition;
  if (reader.takes("like") || reader.takes("=~")) {
    const isLike = readPattern(reader);
    return negated((fields) => isLike(textOf(left(fields))));
  }
  if (reader.takes("in")) {
    const members = readList(reader);
    return negated((fields) => members.some((member) => orderOf(left(fields), member(fields)) === 0));
  }
  if (isNegated) throw reader.mistake('"like" or "in" is missing after "not"');
  const compare = COMPARISONS[reader.token.text];
  if (reader.token.kind !== "sign" || compare === undefined) return left;
  reader.take();
  const right = readSum(reader);
  return (fields) => {
    const [a, b] = [left(fields), right(fields)];
    // A field that a line does not have is neither equal to a value, nor different from it.
    return a !== undefined && b !== undefined && compare(orderOf(a, b));
  };
}

function readPattern(reader: QueryReader): (text: string) => boolean {
  const { kind, text } = reader.take();
  if (kind === "text") return (value) => value.includes(text);
  if (kind !== "pattern") throw reader.mistake("a text or a /pattern/ is missing");
  const isInsensitive = text.startsWith("(?i)");
  try {
    const pattern = new RegExp(isInsensitive ? text.slice(4) : text, isInsensitive ? "i" : "");
    return (value) => pattern.test(value);
  } catch {
    throw reader.mistake(`/${text}/ is not a pattern`);
  }
}

function readList(reader: QueryReader): Expression[] {
  reader.expect("[");
  const members = [readSum(reader)];
  while (reader.takes(",")) members.push(readSum(reader));
  reader.expect("]");
  return members;
}

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

function readSum(reader: QueryReader): Expression {
  return readOperations(reader, ["+", "-"], () =>
    readOperations(reader, ["*", "/", "%"], () => readValue(reader)),
  );
}

function readOperations(reader: QueryReader, signs: readonly string[], next: () => Expression): Expression {
  let left = next();
  for (;;) {
    const sign = signs.find((each) => reader.takes(each));
    const operate = sign === undefined ? undefined : OPERATIONS[sign];
    if (operate === undefined) return left;
    const [first, second] = [left, next()];
    left = (fields) => {
      const [a, b] = [numberOf(first(fields)), numberOf(second(fields))];
      return a === undefined || b === undefined ? undefined : operate(a, b);
    };
  }
}

const PERIODS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function readValue(reader: QueryReader): Expression {
  const token = reader.take();
  if (token.kind === "sign" && token.text === "(") {
    const inner = readExpression(reader);
    reader.expect(")");
    return inner;
  }
  if (token.kind === "sign" && token.text === "-") {
    const inner = readValue(reader);
    return (fields) => -(numberOf(inner(fields)) ?? Number.NaN);
  }
  if (token.kind === "text") return () => token.text;
  if (token.kind === "number") return () => Number(token.text);
  if (token.kind === "period") return () => millisecondsOf(token.text);
  if (token.kind !== "name") throw reader.mistake(`a value is missing before "${token.text}"`, token);
  if (reader.takes("(")) return readCall(reader, token);
  reader.named.add(token.text);
  return (fields) => entryOf(fields, token.text);
}

function millisecondsOf(period: string): number {
  const [, count, unit = "ms"] = /^(\d+)(\w+)$/.exec(period) ?? [];
  return Number(count) * (PERIODS[unit] ?? 1);
}

const FUNCTIONS: Readonly<Record<string, (...values: Value[]) => Value>> = {
  ispresent: (value) => value !== undefined,
  isblank: (value) => value === undefined || textOf(value).trim() === "",
  isempty: (value) => value === undefined || textOf(value) === "",
  coalesce: (...values) => values.find((value) => value !== undefined),
  concat: (...values) => values.map(textOf).join(""),
  strlen: (value) => textOf(value).length,
  tolower: (value) => textOf(value).toLowerCase(),
  abs: (value) => Math.abs(numberOf(value) ?? Number.NaN),
  floor: (value) => Math.floor(numberOf(value) ?? Number.NaN),
  ceil: (value) => Math.ceil(numberOf(value) ?? Number.NaN),
  greatest: (...values) => Math.max(...values.map((value) => numberOf(value) ?? Number.NaN)),
  tomillis: (value) => value,
};

function readCall(reader: QueryReader, name: Token): Expression {
  const values: Expression[] = [];
  if (!reader.takes(")")) {
    values.push(readExpression(reader));
    while (reader.takes(",")) values.push(readExpression(reader));
    reader.expect(")");
  }
  // The time of the line, rounded down.
  if (name.text === "bin") {
    const [period] = values;
    return (fields) => {
      const length = numberOf(period?.(fields)) ?? PERIODS.m ?? 1;
      return Math.floor(Number(fields["@timestamp"]) / length) * length;
    };
  }
  const called = entryOf(FUNCTIONS, name.text.toLowerCase());
  if (called === undefined) throw reader.mistake(`the function ${name.text} is not known`, name);
  return (fields) => called(...values.map((value) => value(fields)));
}

export const isTrue = (value: Value): boolean => value === true || value === 1 || value === "1";

const textOf = (value: Value): string => (value === undefined ? "" : String(value));

export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}

/** Below 0 if `a` comes before `b`, above 0 if after it. Numbers are compared as numbers. */
export function orderOf(a: Value, b: Value): number {
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined && second !== undefined) return first - second;
  const [one, other] = [textOf(a), textOf(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
