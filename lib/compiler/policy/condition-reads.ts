/**
 * What a condition reads, and what it has tested before: in `has(input.x) && input.x > 5`, the read of `input.x` is guarded.
 * Parts that are known to be unreachable are left out. Pure.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { VARIABLES } from "../../policy/condition.ts";
import { type KnownVariables, knownValue } from "./known-value.ts";
import { ANY_ITEM } from "./shape.ts";

export interface Read {
  readonly node: ASTNode;
  /** One of the variables: `input`. */
  readonly root: string;
  /** Below the root; `*` where any item of a list is meant. Empty where the variable is read as a whole. */
  readonly path: readonly string[];
  /** True where has() tests for the last name of the path. */
  readonly asked: boolean;
  /** Dotted paths, root first, that are known to exist: `input.x`. */
  readonly guards: ReadonlySet<string>;
}

/** Every read of `node` that can be reached while `known` holds, in the order of the text. */
export function readsOf(node: ASTNode, known: KnownVariables): Read[] {
  return new Walk(known).visit(node, new Set());
}

class Walk {
  readonly #known: KnownVariables;

  constructor(known: KnownVariables) {
    this.#known = known;
  }

  visit(node: ASTNode, guards: ReadonlySet<string>): Read[] {
    const all = (nodes: readonly ASTNode[]) => nodes.flatMap((child) => this.visit(child, guards));
    switch (node.op) {
      case "&&": {
        const [left, right] = node.args;
        const isReached = knownValue(left, this.#known) !== false;
        return [
          ...this.visit(left, guards),
          ...(isReached ? this.visit(right, joined(guards, surely(left, true))) : []),
        ];
      }
      case "||": {
        const [left, right] = node.args;
        const isReached = knownValue(left, this.#known) !== true;
        return [
          ...this.visit(left, guards),
          ...(isReached ? this.visit(right, joined(guards, surely(left, false))) : []),
        ];
      }
      case "?:": {
        const [condition, yes, no] = node.args;
        const chosen = knownValue(condition, this.#known);
        return [
          ...this.visit(condition, guards),
          ...(chosen === false ? [] : this.visit(yes, joined(guards, surely(condition, true)))),
          ...(chosen === true ? [] : this.visit(no, joined(guards, surely(condition, false)))),
        ];
      }
      case "id":
      case ".":
      case "[]": {
        const place = placeOf(node);
        // A read of a literal, of a call's result or of a macro's own name is not a read of a variable.
        if (place === undefined) return all(operandsOf(node));
        return [{ node, ...place, asked: false, guards }, ...all(dynamicIndexes(node))];
      }
      case "call": {
        const [name, parameters] = node.args;
        const place = name === "has" ? placeOf(parameters[0]) : undefined;
        return place === undefined ? all(parameters) : [{ node, ...place, asked: true, guards }];
      }
      default:
        return all(operandsOf(node));
    }
  }
}

const joined = (guards: ReadonlySet<string>, more: readonly string[]) => new Set([...guards, ...more]);

/** The paths that certainly exist once `node` has evaluated to `answer`. */
function surely(node: ASTNode, answer: boolean): readonly string[] {
  switch (node.op) {
    case "!_":
      return surely(node.args, !answer);
    case "&&":
      return answer ? node.args.flatMap((operand) => surely(operand, true)) : [];
    case "||":
      return answer ? [] : node.args.flatMap((operand) => surely(operand, false));
    case "call": {
      const [name, [asked]] = node.args;
      const place = name === "has" && answer ? placeOf(asked) : undefined;
      if (place === undefined) return [];
      return place.path.map((_name, index) => [place.root, ...place.path.slice(0, index + 1)].join("."));
    }
    default:
      return [];
  }
}

/** The variable and the path below it that `node` spells out; undefined when it is anything else. */
function placeOf(
  node: ASTNode | undefined,
): { readonly root: string; readonly path: readonly string[] } | undefined {
  if (node?.op === "id") return VARIABLES.includes(node.args) ? { root: node.args, path: [] } : undefined;
  if (node?.op !== "." && node?.op !== "[]") return undefined;
  const [parent, name] = node.args;
  const place = placeOf(parent);
  return place === undefined ? undefined : { root: place.root, path: [...place.path, nameIn(name)] };
}

function nameIn(name: string | ASTNode): string {
  if (typeof name === "string") return name;
  return name.op === "value" && typeof name.args === "string" ? name.args : ANY_ITEM;
}

/** The expressions in the brackets of a path: `input.prices[input.currency]` reads the currency too. */
function dynamicIndexes(node: ASTNode): readonly ASTNode[] {
  if (node.op === ".") return dynamicIndexes(node.args[0]);
  return node.op === "[]" ? [...dynamicIndexes(node.args[0]), node.args[1]] : [];
}

/** The nodes right below `node`. */
export function operandsOf(node: ASTNode): readonly ASTNode[] {
  const { args } = node;
  if (!Array.isArray(args)) return typeof args === "object" && args !== null && "op" in args ? [args] : [];
  return args.flat().filter((operand) => typeof operand === "object");
}
