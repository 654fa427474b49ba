/**
 * The value of a condition, as far as it is known at build time: three-valued logic over CEL's syntax tree, where some
 * variables are known and everything else can have any value. Pure.
 */
import type { ASTNode } from "@marcbachmann/cel-js";

export type Literal = string | number | bigint | boolean | null | readonly Literal[];
/** Known variables, by name. */
export type KnownVariables = Readonly<Record<string, Literal>>;

/** The value, or undefined if it is not known. */
export function knownValue(node: ASTNode, variables: KnownVariables): Literal | undefined {
  const evaluate = (child: ASTNode) => knownValue(child, variables);
  switch (node.op) {
    case "value":
      return literalOf(node.args);
    case "id":
      return Object.hasOwn(variables, node.args) ? variables[node.args] : undefined;
    case "list":
      return allKnown(node.args.map(evaluate));
    case "==":
      return isEqual(evaluate(node.args[0]), evaluate(node.args[1]));
    case "!=":
      return negated(isEqual(evaluate(node.args[0]), evaluate(node.args[1])));
    case "in":
      return isAmong(evaluate(node.args[0]), membersOf(node.args[1])?.map(evaluate));
    case "!_":
      return negated(evaluate(node.args));
    case "&&":
      return conjunction(evaluate(node.args[0]), evaluate(node.args[1]));
    case "||":
      return negated(conjunction(negated(evaluate(node.args[0])), negated(evaluate(node.args[1]))));
    case "?:": {
      const [condition, yes, no] = node.args;
      const chosen = evaluate(condition);
      if (typeof chosen === "boolean") return evaluate(chosen ? yes : no);
      return isEqual(evaluate(yes), evaluate(no)) === true ? evaluate(yes) : undefined;
    }
    default:
      return undefined;
  }
}

function literalOf(value: unknown): Literal | undefined {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return value;
    default:
      return value === null ? null : undefined;
  }
}

function allKnown(values: readonly (Literal | undefined)[]): readonly Literal[] | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}

function isEqual(a: Literal | undefined, b: Literal | undefined): boolean | undefined {
  if (a === undefined || b === undefined || Array.isArray(a) || Array.isArray(b)) return undefined;
  // CEL's 1 and 1.0 are equal, and a bigint is never identical to a number.
  return typeof a === typeof b ? a === b : String(a) === String(b) && isNumeric(a) && isNumeric(b);
}

const isNumeric = (value: unknown) => typeof value === "number" || typeof value === "bigint";

const negated = (value: Literal | undefined) => (typeof value === "boolean" ? !value : undefined);

function conjunction(a: Literal | undefined, b: Literal | undefined): boolean | undefined {
  if (a === false || b === false) return false;
  return a === true && b === true ? true : undefined;
}

/** The members of a list or the names of a map that is written out; undefined for anything else. */
function membersOf(node: ASTNode): readonly ASTNode[] | undefined {
  if (node.op === "list") return node.args;
  return node.op === "map" ? node.args.map(([name]) => name) : undefined;
}

function isAmong(
  value: Literal | undefined,
  members: readonly (Literal | undefined)[] | undefined,
): boolean | undefined {
  if (members === undefined) return undefined;
  const answers = members.map((member) => isEqual(value, member));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}
