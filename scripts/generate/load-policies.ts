/** Reads every policies/*.yml and checks it against contracts, workflows and the other policies. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { KnownContracts } from "../../lib/compiler/contract/load-contract.ts";
import { checkPolicies } from "../../lib/compiler/policy/check-policies.ts";
import { loadPolicy } from "../../lib/compiler/policy/load-policy.ts";
import { possibleAttempts } from "../../lib/compiler/policy/resources.ts";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";
import type { Workflows } from "./load-workflows.ts";

export interface Policies {
  readonly rules: readonly PolicyRule[];
  readonly issues: readonly SourceIssue[];
}

/** Reads the policies below `root`, the project's folder. */
export function readPolicies(
  root: string,
  contracts: KnownContracts,
  workflows: Workflows["known"],
): Policies {
  const policies = globSync("policies/*.yml", { cwd: root })
    .sort()
    .map((file) => {
      const policy = loadPolicy(file, readFileSync(join(root, file), "utf8"));
      const name = basename(file, ".yml");
      if (policy.policyId !== "" && policy.policyId !== name) {
        policy.source.root.get("policyId")?.issue(`policyId must be "${name}", the name of its file`);
      }
      return policy;
    });
  const rules = checkPolicies(policies, possibleAttempts(contracts, workflows));
  return { rules, issues: policies.flatMap(({ source }) => source.issues) };
}
