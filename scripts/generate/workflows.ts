/** workflows/*.yml -> generated/workflows/: what the Lambdas know of each, and the state machine for inspection. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Contract } from "../../lib/contract/load-contract.ts";
import { SourceError, type SourceIssue } from "../../lib/contract/source-issue.ts";
import { checkWorkflow } from "../../lib/workflow/check-workflow.ts";
import { inputSchema } from "../../lib/workflow/infer-input.ts";
import { loadWorkflow } from "../../lib/workflow/load-workflow.ts";
import type { Workflow } from "../../lib/workflow/workflow.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

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

/** Generates the registry of all workflows and answers how many there are. */
export async function generateWorkflows(output: Output, contracts: readonly Contract[]): Promise<number> {
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  const workflows = loadWorkflows(contracts);
  await writeValidators(
    output,
    "workflows/inputs.validators",
    Object.fromEntries(workflows.map((workflow) => [validatorName(workflow), inputSchema(workflow, known)])),
  );
  const entries = workflows.map(
    (workflow) => `  ${JSON.stringify(workflow.workflowId)}: {
    workflowId: ${JSON.stringify(workflow.workflowId)},
    version: ${JSON.stringify(workflow.version)},
    steps: ${JSON.stringify(workflow.steps.map(({ id, capability }) => ({ id, capability })))},
    checkInput: checkWith<Record<string, unknown>>(validators.${validatorName(workflow)}),
  },
`,
  );
  output.write(
    "workflows/index.ts",
    `${BANNER}import { checkWith } from "../../lib/contract/validation-issues.ts";
import type { CompiledWorkflow } from "../../lib/workflow/compiled-workflow.ts";
import * as validators from "./inputs.validators.js";

export const workflows: Readonly<Record<string, CompiledWorkflow>> = {
${entries.join("")}};
`,
  );
  return workflows.length;
}

const validatorName = ({ workflowId }: Workflow) => `validate_${workflowId.replaceAll("-", "_")}`;
