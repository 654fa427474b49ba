/**
 * Conditions: CEL (https://github.com/google/cel-spec), parsed and evaluated. What a condition can read, and with what type,
 * is defined here once. `npm run generate` compiles the conditions of CEL's common part (compiled-condition.ts); only a
 * policy with other conditions brings this module into the Lambdas. No I/O, no clock.
 */

import { Environment, EvaluationError, type ParseResult } from "@marcbachmann/cel-js";
import { type Condition, reasonFor, undecided, verdictOf } from "./facts.ts";

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

/** The condition, parsed. Throws cel-js's ParseError, with its range in `text`. */
export function parseCondition(text: string): ParseResult {
  return environment.parse(text);
}

/** The condition, evaluated by cel-js; one that cannot be parsed never decides. */
export function interpretedCondition(text: string): Condition {
  let parsed: ParseResult;
  try {
    parsed = parseCondition(text);
  } catch {
    return () => undecided("the condition is not CEL");
  }
  return (facts) => {
    try {
      return verdictOf(parsed(facts));
    } catch (thrown) {
      return undecided(reasonOf(thrown));
    }
  };
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof EvaluationError)) return "the condition cannot be evaluated";
  const { node, code } = thrown;
  return reasonFor(node?.input.slice(node.start, node.end) ?? "the condition", code);
}
