/**
 * Why a condition is true, false or undecided: the parts of it that decide, with the values that they had. Whatever the other parts
 * were, the outcome would be the same. No I/O, no clock.
 */
import { type ASTNode, serialize } from "@marcbachmann/cel-js";
import { operandsOf, readsOf } from "../../lib/compiler/policy/condition-reads.ts";
import { interpretedCondition, parseCondition } from "../../lib/policy/condition.ts";
import type { Facts, Outcome, Verdict } from "../../lib/policy/facts.ts";
import { isRecord } from "../../lib/untrusted.ts";

/** A part of a condition that is not made of smaller conditions: `input.amount > 100000`. */
export interface DecidingPart extends Verdict {
  readonly text: string;
  /** For people: of `cel.bind(limit, 500, input.amount > limit)`, only `input.amount > limit`. */
  readonly shown: string;
  readonly outcome: Outcome;
  /** What it reads. */
  readonly values: readonly ReadValue[];
}

export interface ReadValue {
  /** `input.amount` */
  readonly path: string;
  /** As JSON, shortened; undefined if there is none. */
  readonly value: string | undefined;
}

/** The parts that decide, in the order of the text; none if the condition is not CEL. */
export function decidingParts(condition: string, facts: Facts): DecidingPart[] {
  let ast: ASTNode;
  try {
    ({ ast } = parseCondition(condition));
  } catch {
    return [];
  }
  return partsOf(ast, facts, UNBOUND);
}

/** `input.amount > 100000 is false: input.amount is 4200` */
export function wordedPart({ shown, outcome, why, values }: DecidingPart): string {
  if (outcome === "could not be decided") return `${shown} could not be decided: ${why}`;
  const read = values.map(
    ({ path, value }) => `${path} ${value === undefined ? "is missing" : `is ${value}`}`,
  );
  const is = `${shown} is ${outcome === "matched" ? "true" : "false"}`;
  return read.length === 0 ? is : `${is}: ${read.join(", ")}`;
}

const LONGEST_TEXT = 90;
const LONGEST_VALUE = 80;

/** The names that are bound around a node, and the node's text within those bindings. */
interface Bindings {
  readonly names: readonly string[];
  readonly around: (text: string) => string;
}

const UNBOUND: Bindings = { names: [], around: (text) => text };

function partsOf(node: ASTNode, facts: Facts, bindings: Bindings): DecidingPart[] {
  const inside = (child: ASTNode) => partsOf(child, facts, bindings);
  const outcomeOf = (child: ASTNode) => verdictOf(child, facts, bindings).outcome;
  switch (node.op) {
    // The operands that have the outcome of the whole decide it: any of them, or all of them together.
    case "&&":
    case "||": {
      const outcome = outcomeOf(node);
      return node.args.flatMap((operand) => (outcomeOf(operand) === outcome ? inside(operand) : []));
    }
    case "!_":
      return inside(node.args);
    case "?:": {
      const [condition, yes, no] = node.args;
      const outcome = outcomeOf(condition);
      if (outcome === "could not be decided") return inside(condition);
      return [...inside(condition), ...inside(outcome === "matched" ? yes : no)];
    }
    default: {
      const bound = bindingIn(node);
      if (bound === undefined) return [leaf(node, facts, bindings)];
      return partsOf(bound.body, facts, {
        names: [...bindings.names, bound.name],
        around: (text) => bindings.around(`cel.bind(${bound.name}, ${serialize(bound.value)}, ${text})`),
      });
    }
  }
}

/** The parts of `cel.bind(name, value, body)`. */
function bindingIn(node: ASTNode) {
  if (node.op !== "rcall") return undefined;
  const [called, on, [name, value, body]] = node.args;
  const isBinding = called === "bind" && on.op === "id" && on.args === "cel";
  if (!isBinding || name?.op !== "id" || value === undefined || body === undefined) return undefined;
  return { name: name.args, value, body };
}

const verdictOf = (node: ASTNode, facts: Facts, { around }: Bindings): Verdict =>
  interpretedCondition(around(serialize(node)))(facts);

function leaf(node: ASTNode, facts: Facts, bindings: Bindings): DecidingPart {
  const reads = readsOf(node, {}).map(({ node: read }) => askedIn(read) ?? read);
  const paths = new Set([...reads, ...localsIn(node, bindings.names)].map(serialize));
  return {
    text: bindings.around(serialize(node)),
    shown: shortened(serialize(node), LONGEST_TEXT),
    ...verdictOf(node, facts, bindings),
    values: [...paths].map((path) => ({ path, value: valueAt(bindings.around(path), facts) })),
  };
}

/** What has() tests for. */
const askedIn = (node: ASTNode): ASTNode | undefined =>
  node.op === "call" && node.args[0] === "has" ? node.args[1][0] : undefined;

/** The longest reads of bound names: `limit[input.currency]`. */
function localsIn(node: ASTNode, names: readonly string[]): ASTNode[] {
  return isReadOf(node, names) ? [node] : operandsOf(node).flatMap((operand) => localsIn(operand, names));
}

function isReadOf(node: ASTNode, names: readonly string[]): boolean {
  if (node.op === "id") return names.includes(node.args);
  return (node.op === "." || node.op === "[]") && isReadOf(node.args[0], names);
}

function valueAt(path: string, facts: Facts): string | undefined {
  try {
    return shortened(JSON.stringify(plain(parseCondition(path)(facts))) ?? "", LONGEST_VALUE);
  } catch {
    return undefined;
  }
}

/** CEL's values as JSON has them. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, item]) => [String(name), plain(item)]));
  if (value instanceof Date || !isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

function shortened(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > most ? `${line.slice(0, most)}...` : line;
}
