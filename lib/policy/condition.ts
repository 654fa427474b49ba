/**
 * Conditions: CEL (https://github.com/google/cel-spec), parsed and evaluated. What a condition can read, and with what type,
 * is defined here once, for the check at build time and for the Lambdas. No I/O, no clock.
 */

import { Environment, EvaluationError, type ParseResult } from "@marcbachmann/cel-js";
import { isRecord } from "../untrusted.ts";
import type { PolicyQuery } from "./policy.ts";

/** Maps are open here: their names are checked against the contracts, not by CEL. */
const VARIABLE_TYPES = {
  principal: "map<string, dyn>",
  capability: "string",
  action: "string",
  input: "map<string, dyn>",
  stage: "string",
  now: "google.protobuf.Timestamp",
  usage: "map<string, dyn>",
} as const;

export const VARIABLES: readonly string[] = Object.keys(VARIABLE_TYPES);

const environment = new Environment();
for (const [name, type] of Object.entries(VARIABLE_TYPES)) environment.registerVariable(name, type);

/** What a condition reads, by variable. */
export type Facts = Readonly<Record<string, unknown>>;

export type Outcome = "matched" | "did not match" | "could not be decided";

export interface Verdict {
  readonly outcome: Outcome;
  /** Why it could not be decided: `input.amount is missing`. Names the fields that the condition reads, never a value. */
  readonly why?: string;
}

/** The condition, parsed. Throws cel-js's ParseError, with its range in `text`. */
export function parseCondition(text: string): ParseResult {
  return environment.parse(text);
}

/** A condition that can be evaluated as often as needed; one that cannot be parsed never decides. */
export function compileCondition(text: string): (facts: Facts) => Verdict {
  let parsed: ParseResult;
  try {
    parsed = parseCondition(text);
  } catch {
    return () => undecided("the condition is not CEL");
  }
  return (facts) => {
    try {
      const answer: unknown = parsed(facts);
      if (typeof answer === "boolean") return { outcome: answer ? "matched" : "did not match" };
      return undecided("the condition is neither true nor false");
    } catch (thrown) {
      return undecided(reasonOf(thrown));
    }
  };
}

const undecided = (why: string): Verdict => ({ outcome: "could not be decided", why });

/** By cel-js's code. Its own messages contain values: `No such key: <what was looked up>`. */
const REASONS: Readonly<Record<string, string>> = {
  no_such_key: "is missing",
  index_out_of_bounds: "is missing",
  unknown_variable: "is not a variable",
  no_such_overload: "is not defined for values of these types",
  no_matching_overload: "is not defined for values of these types",
  invalid_logical_operand: "is neither true nor false",
  invalid_condition_type: "is neither true nor false",
};

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof EvaluationError)) return "the condition cannot be evaluated";
  const { node, code } = thrown;
  const part = node?.input.slice(node.start, node.end) ?? "the condition";
  return `${part} ${REASONS[code] ?? `cannot be evaluated (${code.replaceAll("_", " ")})`}`;
}

/** The query as CEL sees it. Throws if the input contains itself. */
export function factsOf(query: PolicyQuery): Facts {
  const { id, roles, customerId } = query.principal;
  return {
    principal: celValue({ id, roles, customerId }),
    capability: query.resource,
    action: query.action,
    input: celValue(query.input),
    stage: query.stage,
    now: query.now,
    usage: celValue(query.usage ?? {}),
  };
}

/**
 * JSON as CEL's values. Whole numbers become integers, because CEL's literals are integers and its arithmetic does not mix types.
 * Objects become Maps, which inherit nothing that a condition could read as a field.
 */
export function celValue(value: unknown): unknown {
  if (Number.isInteger(value)) return BigInt(Number(value));
  if (Array.isArray(value)) return value.map(celValue);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return new Map(entries.map(([name, item]) => [name, celValue(item)]));
}
