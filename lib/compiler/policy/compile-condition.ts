/**
 * Compiles a checked condition to the form that the Lambdas evaluate (lib/policy/compiled-condition.ts): the common part of CEL.
 * Undefined for a condition with anything else, such as times, patterns and conversions, which cel-js evaluates. Pure.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Quantifier, Span, TextTest, Tree } from "../../policy/compiled-condition.ts";
import { VARIABLES } from "../../policy/condition.ts";
import { fieldOf } from "../../untrusted.ts";

/** `now` is a time. */
const COMPILED_VARIABLES = VARIABLES.filter((name) => name !== "now");
const QUANTIFIERS: readonly Quantifier[] = ["all", "exists", "exists_one"];
const TEXT_TESTS: readonly TextTest[] = ["startsWith", "endsWith", "contains"];

class NotCompiled extends Error {}

/** `node`: of a condition that CEL has checked: its types match, and the result is true or false. */
export function compileCondition(node: ASTNode): Tree | undefined {
  try {
    return compiled(node, []);
  } catch (thrown) {
    if (thrown instanceof NotCompiled) return undefined;
    throw thrown;
  }
}

const spanOf = ({ start, end }: ASTNode): Span => [start, end];

/** `locals`: the names that are bound around the node. */
function compiled(node: ASTNode, locals: readonly string[]): Tree {
  const inside = (child: ASTNode) => compiled(child, locals);
  switch (node.op) {
    case "value":
      return ["value", literal(node.args)];
    case "id":
      return named(node, node.args, locals);
    case ".":
      return [".", inside(node.args[0]), node.args[1], spanOf(node)];
    case "[]":
      return ["[]", inside(node.args[0]), inside(node.args[1]), spanOf(node)];
    case "&&":
    case "||":
      return [node.op, inside(node.args[0]), inside(node.args[1]), spanOf(node.args[0])];
    case "?:": {
      const [condition, yes, no] = node.args;
      return ["?:", inside(condition), inside(yes), inside(no), spanOf(condition)];
    }
    case "!_":
      return ["!", inside(node.args), spanOf(node)];
    case "-_":
      return ["negative", inside(node.args), spanOf(node)];
    case "==":
    case "!=":
      return [node.op, inside(node.args[0]), inside(node.args[1])];
    case "in":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      // The type that CEL infers for joined lists is that of one of them, and a later use checks it.
      if (fieldOf(node, "checkedType", "kind") === "list") throw new NotCompiled();
      return [node.op, inside(node.args[0]), inside(node.args[1]), spanOf(node)];
    case "list":
      return constantList(node.args.map(inside));
    case "map":
      return mapTree(node.args.map(([key, value]) => [keyOf(key), inside(value)]));
    case "call":
      return called(node, node.args, locals);
    case "rcall":
      return calledOn(node, node.args, locals);
    default:
      throw new NotCompiled();
  }
}

function literal(value: unknown): unknown {
  const isCommon = value === null || ["string", "boolean", "bigint", "number"].includes(typeof value);
  if (!isCommon) throw new NotCompiled();
  return value;
}

function constantList(items: readonly Tree[]): Tree {
  const values = items.flatMap((item) => (item[0] === "value" ? [item[1]] : []));
  return values.length === items.length ? ["value", values] : ["list", items];
}

/** cel-js leaves them out of the maps that a condition writes down. */
const UNSAFE_KEYS: readonly string[] = ["__proto__", "constructor", "prototype"];

function keyOf(key: ASTNode): string {
  const name = key.op === "value" ? String(literal(key.args)) : undefined;
  if (name === undefined || UNSAFE_KEYS.includes(name)) throw new NotCompiled();
  return name;
}

function mapTree(entries: readonly (readonly [string, Tree])[]): Tree {
  const values = entries.flatMap(([key, item]) => (item[0] === "value" ? [[key, item[1]] as const] : []));
  const isConstant = values.length === entries.length;
  return isConstant ? ["value", Object.fromEntries(values)] : ["map", entries];
}

function named(node: ASTNode, name: string, locals: readonly string[]): Tree {
  if (locals.includes(name)) return ["local", name];
  if (COMPILED_VARIABLES.includes(name)) return ["variable", name, spanOf(node)];
  throw new NotCompiled();
}

function called(
  node: ASTNode,
  [name, [first]]: readonly [string, readonly ASTNode[]],
  locals: readonly string[],
): Tree {
  if (name === "size" && first !== undefined) return ["size", compiled(first, locals), spanOf(node)];
  if (name === "has" && first !== undefined) return presence(first, [], locals);
  throw new NotCompiled();
}

/** `names`: below `node`. */
function presence(
  node: ASTNode,
  names: readonly (readonly [string, Span])[],
  locals: readonly string[],
): Tree {
  if (node.op !== ".") return ["has", compiled(node, locals), names];
  const [holder, name] = node.args;
  return presence(holder, [[name, spanOf(node)], ...names], locals);
}

function calledOn(
  node: ASTNode,
  [name, receiver, parameters]: readonly [string, ASTNode, readonly ASTNode[]],
  locals: readonly string[],
): Tree {
  const [first, second, third] = parameters;
  const quantifier = QUANTIFIERS.find((known) => known === name);
  const textTest = TEXT_TESTS.find((known) => known === name);
  const isNamespace = receiver.op === "id" && receiver.args === "cel" && !locals.includes("cel");
  if (isNamespace) {
    if (name !== "bind" || first?.op !== "id" || second === undefined || third === undefined)
      throw new NotCompiled();
    return ["bind", first.args, compiled(second, locals), compiled(third, [first.args, ...locals])];
  }
  const on = compiled(receiver, locals);
  if (name === "size" && first === undefined) return ["size", on, spanOf(node)];
  if (first !== undefined && textTest !== undefined)
    return [textTest, on, compiled(first, locals), spanOf(node)];
  if (first?.op === "id" && second !== undefined && quantifier !== undefined) {
    const predicate = compiled(second, [first.args, ...locals]);
    return [quantifier, on, first.args, predicate, spanOf(receiver), spanOf(second)];
  }
  throw new NotCompiled();
}
