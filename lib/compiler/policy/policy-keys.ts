/** The keys of a policy. */
import { ACTIONS, EFFECTS } from "../../policy/policy.ts";
import { IDENTIFIER } from "../source/identifier.ts";
import { type KeyTable, listOf, oneOf, TEXT, tableSchema, VERSION } from "../source/key-table.ts";

export const SCOPE_KEYS: KeyTable = {
  capabilities: {
    description: "Ids of capabilities and workflows, audit and approvals. By default, all of them.",
    value: listOf(TEXT),
  },
  actions: {
    description: "What is done with them. By default, everything.",
    value: listOf(oneOf(ACTIONS)),
  },
};

export const RULE_KEYS: KeyTable = {
  id: { description: "The name of the rule, unique over all policies.", value: IDENTIFIER, required: true },
  effect: {
    description:
      "What the rule does when its condition is true. DENY wins over APPROVE, and APPROVE over PERMIT.",
    value: oneOf(EFFECTS),
    required: true,
  },
  condition: {
    description: 'When the rule applies, in CEL (https://github.com/google/cel-spec). "true" means always.',
    value: TEXT,
    required: true,
  },
  priority: {
    description: "Of the rules that decided, the one with the highest priority is named. 0 by default.",
    value: { type: "integer" },
  },
  scope: {
    description: "What the rule is about. By default, everything.",
    value: tableSchema(SCOPE_KEYS),
  },
  redactFields: {
    description: "For REDACT: dotted paths of the result's fields to mask. A path goes through lists.",
    value: listOf(TEXT),
  },
  reason: { description: "What the caller reads when the rule decides.", value: TEXT },
};

export const POLICY_KEYS: KeyTable = {
  policyId: {
    description: "The name of the policy, and of its file in policies/.",
    value: IDENTIFIER,
    required: true,
  },
  version: { description: "For readers; it changes nothing.", value: VERSION, required: true },
  description: { description: "For readers; it changes nothing.", value: TEXT },
  rules: { description: "The rules.", value: listOf(tableSchema(RULE_KEYS)), required: true },
};
