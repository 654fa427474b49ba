/** policies/*.yml -> generated/policy.ts: the rules, checked, as the Lambdas bundle them. */
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { loadCases } from "../policy/load-cases.ts";
import { loadPolicies } from "./load-policies.ts";
import { loadWorkflows } from "./load-workflows.ts";
import { BANNER, type Output } from "./output.ts";

/** Generates the rules of all policies and answers how many there are. */
export function generatePolicies(output: Output, contracts: readonly Contract[]): number {
  const rules = loadPolicies(contracts, loadWorkflows(contracts));
  // Only for its mistakes: what is generated needs no cases.
  loadCases(rules);
  output.write(
    "policy.ts",
    `${BANNER}import { createPolicy } from "../lib/policy/decide.ts";

export const policy = createPolicy(${JSON.stringify(rules, undefined, 2)});
`,
  );
  return rules.length;
}
