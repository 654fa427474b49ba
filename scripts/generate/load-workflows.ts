/** Every workflows/*.yml, read and checked against the contracts. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { checkWorkflow } from "../../lib/compiler/workflow/check-workflow.ts";
import { loadWorkflow } from "../../lib/compiler/workflow/load-workflow.ts";
import type { Workflow } from "../../lib/compiler/workflow/workflow.ts";

/** Every workflow of the folder, checked against the contracts. Throws a SourceError with the mistakes of all files. */
export function loadWorkflows(contracts: readonly Contract[]): Workflow[] {
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  const issues: SourceIssue[] = [];
  const workflows: Workflow[] = [];
  for (const file of globSync("workflows/*.yml").sort()) {
    try {
      const { workflow, source } = loadWorkflow(file, readFileSync(file, "utf8"));
      checkWorkflow(workflow, known);
      if (basename(file, ".yml") !== workflow.workflowId) {
        source.root.get("workflowId")?.issue(`workflowId must be "${basename(file, ".yml")}", as its file`);
      }
      issues.push(...source.issues);
      workflows.push(workflow);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new SourceError(issues);
  return workflows;
}
