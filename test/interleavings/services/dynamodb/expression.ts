/** Parses DynamoDB's expressions: conditions, key conditions and updates, as far as the product uses them. Pure. */

export type Path = readonly string[];
export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "if_not_exists"; readonly path: Path; readonly otherwise: Operand };
export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "compare"; readonly operator: string; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "in"; readonly left: Operand; readonly right: readonly Operand[] }
  | { readonly kind: "between"; readonly left: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: "call"; readonly name: string; readonly path: Path; readonly argument?: Operand };
export interface Update {
  readonly set: readonly { readonly path: Path; readonly value: Operand }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: Operand }[];
  readonly delete: readonly { readonly path: Path; readonly value: Operand }[];
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),.]|[#:]?[A-Za-z_][\w-]*)/y;
const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);
const FUNCTIONS: ReadonlySet<string> = new Set([
  "attribute_exists",
  "attribute_not_exists",
  "contains",
  "begins_with",
]);
const CLAUSES: ReadonlySet<string> = new Set(["SET", "REMOVE", "ADD", "DELETE"]);

/** `names` are the expression attribute names. Throws an Error for what it cannot parse: this model must grow then. */
export function parseCondition(text: string, names: Readonly<Record<string, string>>): Condition {
  const parser = new Parser(text, names);
  const condition = parser.or();
  parser.end();
  return condition;
}

export function parseUpdate(text: string, names: Readonly<Record<string, string>>): Update {
  const parser = new Parser(text, names);
  const update = parser.update();
  parser.end();
  return update;
}

class Parser {
  readonly #text: string;
  readonly #names: Readonly<Record<string, string>>;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string, names: Readonly<Record<string, string>>) {
    this.#text = text;
    this.#names = names;
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text))
      this.#tokens.push(match[1] ?? "");
    if (this.#tokens.join("") !== text.replaceAll(/\s+/g, "")) throw this.#wrong();
  }

  #wrong(): Error {
    return new Error(`The simulated DynamoDB does not understand this expression: ${this.#text}`);
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(wanted?: string): string {
    const token = this.#peek();
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw this.#wrong();
    this.#at += 1;
    return token;
  }

  #is(word: string): boolean {
    if (this.#peek()?.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  end(): void {
    if (this.#peek() !== undefined) throw this.#wrong();
  }

  or(): Condition {
    let left = this.#and();
    while (this.#is("OR")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#is("AND")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    return this.#is("NOT") ? { kind: "not", of: this.#not() } : this.#primary();
  }

  #primary(): Condition {
    const token = this.#peek() ?? "";
    if (token === "(") {
      this.#take("(");
      const inner = this.or();
      this.#take(")");
      return inner;
    }
    if (FUNCTIONS.has(token)) return this.#call();
    const left = this.#operand();
    if (this.#is("IN")) return { kind: "in", left, right: this.#list() };
    if (this.#is("BETWEEN")) {
      const low = this.#operand();
      if (!this.#is("AND")) throw this.#wrong();
      return { kind: "between", left, low, high: this.#operand() };
    }
    const operator = this.#take();
    if (!COMPARISONS.has(operator)) throw this.#wrong();
    return { kind: "compare", operator, left, right: this.#operand() };
  }

  #call(): Condition {
    const name = this.#take();
    this.#take("(");
    const path = this.#path();
    if (this.#peek() === ",") {
      this.#take(",");
      const argument = this.#operand();
      this.#take(")");
      return { kind: "call", name, path, argument };
    }
    this.#take(")");
    return { kind: "call", name, path };
  }

  #list(): Operand[] {
    this.#take("(");
    const operands = [this.#operand()];
    while (this.#peek() === ",") {
      this.#take(",");
      operands.push(this.#operand());
    }
    this.#take(")");
    return operands;
  }

  #operand(): Operand {
    const token = this.#peek() ?? "";
    if (token.startsWith(":")) return { kind: "value", name: this.#take() };
    if (token !== "if_not_exists") return { kind: "path", path: this.#path() };
    this.#take();
    this.#take("(");
    const path = this.#path();
    this.#take(",");
    const otherwise = this.#operand();
    this.#take(")");
    return { kind: "if_not_exists", path, otherwise };
  }

  #path(): Path {
    const path = [this.#name()];
    while (this.#peek() === ".") {
      this.#take(".");
      path.push(this.#name());
    }
    return path;
  }

  #name(): string {
    const token = this.#take();
    if (!token.startsWith("#")) return token;
    const name = this.#names[token];
    if (name === undefined) throw this.#wrong();
    return name;
  }

  update(): Update {
    const set: { path: Path; value: Operand }[] = [];
    const remove: Path[] = [];
    const add: { path: Path; value: Operand }[] = [];
    const remaining: { path: Path; value: Operand }[] = [];
    while (this.#peek() !== undefined) {
      const clause = this.#take().toUpperCase();
      if (!CLAUSES.has(clause)) throw this.#wrong();
      do {
        const path = this.#path();
        if (clause === "REMOVE") {
          remove.push(path);
          continue;
        }
        if (clause === "SET") this.#take("=");
        const value = this.#operand();
        (clause === "SET" ? set : clause === "ADD" ? add : remaining).push({ path, value });
      } while (this.#is(","));
    }
    return { set, remove, add, delete: remaining };
  }
}
