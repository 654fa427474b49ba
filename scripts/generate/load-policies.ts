/** Every policies/*.yml, read and checked against contracts, workflows and each other. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { checkPolicies } from "../../lib/compiler/policy/check-policies.ts";
import { loadPolicy } from "../../lib/compiler/policy/load-policy.ts";
import { possibleAttempts } from "../../lib/compiler/policy/resources.ts";
import { SourceError } from "../../lib/compiler/source/source-issue.ts";
import type { Workflow } from "../../lib/compiler/workflow/workflow.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";

/** The rules of every policy of the folder. Throws a SourceError with the mistakes of all files together. */
export function loadPolicies(contracts: readonly Contract[], workflows: readonly Workflow[]): PolicyRule[] {
  const policies = globSync("policies/*.yml")
    .sort()
    .map((file) => {
      const policy = loadPolicy(file, readFileSync(file, "utf8"));
      const name = basename(file, ".yml");
      if (policy.policyId !== "" && policy.policyId !== name) {
        policy.source.root.get("policyId")?.issue(`policyId must be "${name}", as its file`);
      }
      return policy;
    });
  const rules = checkPolicies(policies, possibleAttempts(contracts, workflows));
  const issues = policies.flatMap(({ source }) => source.issues);
  if (issues.length > 0) throw new SourceError(issues);
  return rules;
}
