/**
 * Evaluates conditions that `npm run generate` has compiled (lib/compiler/policy/compile-condition.ts), exactly as cel-js evaluates
 * their text: the same results, the same errors at the same places. So the Lambdas do not need its parser and its types, which
 * are 80 KB. test/lib/policy/compiled-condition.test.ts compares the two. No I/O, no clock.
 */
import { equalValues, isMember, keysOf, memberOf, sizeOf } from "./cel-values.ts";
import { type Condition, type Facts, reasonFor, undecided, verdictOf } from "./facts.ts";

/** From where to where in the text of the condition; an error names this part. */
export type Span = readonly [start: number, end: number];
export type Comparison = "<" | "<=" | ">" | ">=";
export type Arithmetic = "+" | "-" | "*" | "/" | "%";
export type Quantifier = "all" | "exists" | "exists_one";
export type TextTest = "startsWith" | "endsWith" | "contains";

/** A compiled condition, or a part of one. */
export type Tree =
  | readonly ["value", unknown]
  | readonly ["variable", string, Span]
  /** The name of a bound value or of an item. */
  | readonly ["local", string]
  | readonly [".", Tree, string, Span]
  | readonly ["[]", Tree, Tree, Span]
  /** The names below the value, from its own field on. */
  | readonly ["has", Tree, readonly (readonly [string, Span])[]]
  /** The span is that of the left operand. */
  | readonly ["&&" | "||", Tree, Tree, Span]
  /** The span is that of the condition. */
  | readonly ["?:", Tree, Tree, Tree, Span]
  | readonly ["!" | "negative", Tree, Span]
  | readonly ["==" | "!=", Tree, Tree]
  | readonly ["in" | Comparison | Arithmetic, Tree, Tree, Span]
  | readonly ["list", readonly Tree[]]
  | readonly ["map", readonly (readonly [string, Tree])[]]
  | readonly ["bind", string, Tree, Tree]
  /** The spans are those of the list and of the predicate. */
  | readonly [Quantifier, Tree, string, Tree, Span, Span]
  | readonly ["size", Tree, Span]
  | readonly [TextTest, Tree, Tree, Span];

/** `text`: the condition's own. */
export function compiledCondition(text: string, tree: Tree): Condition {
  return (facts) => {
    try {
      return verdictOf(evaluated(tree, { facts, locals: undefined }));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) return undecided("the condition cannot be evaluated");
      return undecided(
        reasonFor(thrown.at === undefined ? "the condition" : text.slice(...thrown.at), thrown.code),
      );
    }
  };
}

/** Has cel-js's code for the same failure. */
class Failure extends Error {
  readonly code: string;
  readonly at: Span | undefined;

  constructor(code: string, at?: Span) {
    super(code);
    this.code = code;
    this.at = at;
  }
}

interface Scope {
  readonly facts: Facts;
  /** The innermost name first. */
  readonly locals: Local | undefined;
}
interface Local {
  readonly name: string;
  readonly value: unknown;
  readonly outer: Local | undefined;
}

const withLocal = ({ facts, locals }: Scope, name: string, value: unknown): Scope => ({
  facts,
  locals: { name, value, outer: locals },
});

function evaluated(tree: Tree, scope: Scope): unknown {
  switch (tree[0]) {
    case "value":
      return tree[1];
    case "variable": {
      const value = scope.facts[tree[1]];
      if (value === undefined) throw new Failure("unknown_variable", tree[2]);
      return value;
    }
    case "local":
      return localOf(tree[1], scope.locals);
    case ".":
      return known(memberOf(evaluated(tree[1], scope), tree[2]), tree[3]);
    case "[]": {
      const holder = evaluated(tree[1], scope);
      return itemOf(holder, evaluated(tree[2], scope), tree[3]);
    }
    case "has":
      return hasNames(evaluated(tree[1], scope), tree[2]);
    case "&&":
      return connected(false, tree[1], tree[2], scope, tree[3]);
    case "||":
      return connected(true, tree[1], tree[2], scope, tree[3]);
    case "?:":
      return evaluated(isTrue(evaluated(tree[1], scope), tree[4]) ? tree[2] : tree[3], scope);
    case "!":
      return !boolean(evaluated(tree[1], scope), tree[2]);
    case "negative": {
      const value = evaluated(tree[1], scope);
      if (typeof value === "bigint" || typeof value === "number") return -value;
      throw new Failure("no_such_overload", tree[2]);
    }
    case "==":
      return equalValues(evaluated(tree[1], scope), evaluated(tree[2], scope));
    case "!=":
      return !equalValues(evaluated(tree[1], scope), evaluated(tree[2], scope));
    case "in": {
      const value = evaluated(tree[1], scope);
      const isIn = isMember(value, evaluated(tree[2], scope));
      if (isIn === undefined) throw new Failure("no_such_overload", tree[3]);
      return isIn;
    }
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const left = evaluated(tree[1], scope);
      return compared(tree[0], left, evaluated(tree[2], scope), tree[3]);
    }
    case "+":
    case "-":
    case "*":
    case "/":
    case "%": {
      const left = evaluated(tree[1], scope);
      return calculated(tree[0], left, evaluated(tree[2], scope), tree[3]);
    }
    case "list":
      return lastFirst(tree[1], scope);
    case "map":
      return Object.fromEntries(tree[1].map(([key, value]) => [key, evaluated(value, scope)]));
    case "bind":
      return evaluated(tree[3], withLocal(scope, tree[1], evaluated(tree[2], scope)));
    case "all":
    case "exists":
      return someOrAll(tree, scope);
    case "exists_one":
      return matchesOne(tree, scope);
    case "size": {
      const size = sizeOf(evaluated(tree[1], scope));
      if (size === undefined) throw new Failure("no_matching_overload", tree[2]);
      return size;
    }
    default:
      return textTest(tree, scope);
  }
}

function localOf(name: string, locals: Local | undefined): unknown {
  for (let local = locals; local !== undefined; local = local.outer)
    if (local.name === name) return local.value;
  return undefined;
}

function known(value: unknown, at: Span): unknown {
  if (value === undefined) throw new Failure("no_such_key", at);
  if (typeof value === "symbol" || typeof value === "function") throw new Failure("unsupported_type");
  return value;
}

function itemOf(holder: unknown, key: unknown, at: Span): unknown {
  if (!Array.isArray(holder)) return known(memberOf(holder, key), at);
  if (typeof key !== "bigint" && typeof key !== "number") throw new Failure("no_such_key", at);
  const item: unknown = holder[Number(key)];
  if (item === undefined) throw new Failure("index_out_of_bounds", at);
  return item;
}

function hasNames(value: unknown, names: readonly (readonly [string, Span])[]): boolean {
  let holder = value;
  for (const [index, [name, at]] of names.entries()) {
    holder = memberOf(holder, name);
    if (holder === undefined && index < names.length - 1) throw new Failure("no_such_key", at);
  }
  return holder !== undefined;
}

/** `decisive`: the value with which one operand decides, even if the other fails. */
function connected(decisive: boolean, left: Tree, right: Tree, scope: Scope, leftAt: Span): boolean {
  let first: unknown;
  try {
    first = evaluated(left, scope);
  } catch (thrown) {
    first = thrown instanceof Error ? thrown : new Failure("evaluation_error");
  }
  if (first === decisive) return decisive;
  const second = evaluated(right, scope);
  if (second === decisive) return decisive;
  if (typeof second !== "boolean") throw new Failure("invalid_logical_operand", leftAt);
  if (typeof first === "boolean") return second;
  throw first instanceof Error ? first : new Failure("invalid_logical_operand", leftAt);
}

function isTrue(value: unknown, at: Span): boolean {
  if (typeof value !== "boolean") throw new Failure("invalid_condition_type", at);
  return value;
}

function boolean(value: unknown, at: Span): boolean {
  if (typeof value !== "boolean") throw new Failure("no_such_overload", at);
  return value;
}

function compared(operator: Comparison, left: unknown, right: unknown, at: Span): boolean {
  if (isNumeric(left) && isNumeric(right)) return related(operator, left, right);
  if (typeof left === "string" && typeof right === "string") return related(operator, left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return related(operator, left, right);
  throw new Failure("no_such_overload", at);
}

const isNumeric = (value: unknown): value is bigint | number =>
  typeof value === "bigint" || typeof value === "number";

function related<T extends bigint | number | string | boolean>(
  operator: Comparison,
  left: T,
  right: T,
): boolean {
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function calculated(operator: Arithmetic, left: unknown, right: unknown, at: Span): unknown {
  if (typeof left === "bigint" && typeof right === "bigint") return ofIntegers(operator, left, right, at);
  if (typeof left === "number" && typeof right === "number" && operator !== "%")
    return ofDoubles(operator, left, right);
  if (operator === "+") {
    if (typeof left === "string" && typeof right === "string") return left + right;
    if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  }
  throw new Failure("no_such_overload", at);
}

const LEAST_INTEGER = -(2n ** 63n);
const MOST_INTEGER = 2n ** 63n - 1n;

function ofIntegers(operator: Arithmetic, left: bigint, right: bigint, at: Span): bigint {
  switch (operator) {
    case "+":
      return inRange(left + right, at);
    case "-":
      return inRange(left - right, at);
    case "*":
      return inRange(left * right, at);
    case "/":
      if (right === 0n) throw new Failure("division_by_zero", at);
      return left / right;
    case "%":
      if (right === 0n) throw new Failure("modulo_by_zero", at);
      return left % right;
  }
}

function inRange(result: bigint, at: Span): bigint {
  if (result < LEAST_INTEGER || result > MOST_INTEGER) throw new Failure("numeric_overflow", at);
  return result;
}

function ofDoubles(operator: Exclude<Arithmetic, "%">, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
  }
}

/** cel-js evaluates items and arguments from the last to the first, which decides the error of several. */
function lastFirst(trees: readonly Tree[], scope: Scope): unknown[] {
  return trees
    .toReversed()
    .map((tree) => evaluated(tree, scope))
    .reverse();
}

function itemsOf(tree: Tree, scope: Scope, at: Span): readonly unknown[] {
  const items = keysOf(evaluated(tree, scope));
  if (items === undefined) throw new Failure("invalid_comprehension_range", at);
  return items;
}

/** An item that fails does not matter if another one decides. */
function someOrAll(
  [quantifier, list, name, predicate, listAt, predicateAt]: Extract<
    Tree,
    readonly [Quantifier, ...unknown[]]
  >,
  scope: Scope,
): boolean {
  const decisive = quantifier === "exists";
  let failure: { readonly thrown: unknown } | undefined;
  for (const item of itemsOf(list, scope, listAt)) {
    try {
      const holds = isTrue(evaluated(predicate, withLocal(scope, name, item)), predicateAt);
      if (holds === decisive) return decisive;
    } catch (thrown) {
      failure ??= { thrown };
    }
  }
  if (failure !== undefined) throw failure.thrown;
  return !decisive;
}

function matchesOne(
  [, list, name, predicate, listAt, predicateAt]: Extract<Tree, readonly [Quantifier, ...unknown[]]>,
  scope: Scope,
): boolean {
  const matching = itemsOf(list, scope, listAt).filter((item) =>
    isTrue(evaluated(predicate, withLocal(scope, name, item)), predicateAt),
  );
  return matching.length === 1;
}

function textTest(
  [test, text, part, at]: Extract<Tree, readonly [TextTest, ...unknown[]]>,
  scope: Scope,
): boolean {
  const [whole, sought] = lastFirst([text, part], scope);
  if (typeof whole !== "string" || typeof sought !== "string") throw new Failure("no_matching_overload", at);
  switch (test) {
    case "startsWith":
      return whole.startsWith(sought);
    case "endsWith":
      return whole.endsWith(sought);
    case "contains":
      return whole.includes(sought);
  }
}
