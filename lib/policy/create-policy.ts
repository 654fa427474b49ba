/** A policy from rules whose conditions are evaluated by cel-js: for commands and tests. The Lambdas have them compiled. */
import { interpretedCondition } from "./condition.ts";
import { type Policy, policyWith } from "./decide.ts";
import type { PolicyRule } from "./policy.ts";

/** Parses every condition once. */
export function createPolicy(rules: readonly PolicyRule[]): Policy {
  return policyWith(rules, ({ condition }) => interpretedCondition(condition));
}
