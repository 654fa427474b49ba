/** workflows/*.yml -> generated/workflows/step-checks.ts: how a run's steps check their inputs, for the start of a run. */

import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { sampleOf } from "../../lib/compiler/contract/sample.ts";
import { contractOf } from "../../lib/compiler/workflow/contract-of-step.ts";
import { successPath, type Workflow } from "../../lib/compiler/workflow/workflow.ts";
import type { Operations } from "./check-operations.ts";
import { BANNER, type Output } from "./output.ts";

/** Only the function that starts runs imports it: it brings the checks of all capabilities that the workflows call. */
export function generateStepChecks(
  output: Output,
  workflows: readonly Workflow[],
  contracts: readonly Contract[],
  checkingInputs: Operations["checkingInputs"],
): void {
  const called = new Set(workflows.flatMap(({ steps }) => steps.map(({ capability }) => capability)));
  const used = contracts.filter(({ capabilityId }) => called.has(capabilityId));
  const known = new Map(used.map((contract) => [contract.capabilityId, contract]));
  const imports = used.flatMap(({ capabilityId }) => [
    `import { contract as ${contractName(capabilityId)} } from "../capabilities/${capabilityId}.ts";\n`,
    ...(checkingInputs.has(capabilityId)
      ? [
          `import { checkInputs as ${checkName(capabilityId)} } from "../../functions/${capabilityId}/check-inputs.ts";\n`,
        ]
      : []),
  ]);
  const check = (capabilityId: string) =>
    checkingInputs.has(capabilityId)
      ? `{ contract: ${contractName(capabilityId)}, checkInputs: ${checkName(capabilityId)} }`
      : `{ contract: ${contractName(capabilityId)} }`;
  const entries = workflows.map((workflow) => {
    const path = successPath(workflow);
    const steps = workflow.steps
      .filter(({ id }) => path.has(id))
      .map(
        (step) => `    {
      id: ${JSON.stringify(step.id)},
      inputs: ${JSON.stringify(step.inputs)},
      sampleOutput: ${JSON.stringify(sampleOf(contractOf(step, known)?.outputs ?? {}))},
      check: (inputs) => void ${step.wait === undefined ? `checkedInputs(${check(step.capability)}, inputs)` : "checkedWait(inputs)"},
    },
`,
      );
    return `  ${JSON.stringify(workflow.workflowId)}: [\n${steps.join("")}  ],\n`;
  });
  output.write(
    "workflows/step-checks.ts",
    `${BANNER}${imports.join("")}import { checkedInputs } from "../../lib/capability/check-inputs.ts";
import { checkedWait } from "../../lib/waits/wait.ts";
import type { StepChecks } from "../../lib/workflow/known-failure.ts";

export const stepChecks: StepChecks = {
${entries.join("")}};
`,
  );
}

const camelCase = (capabilityId: string) =>
  capabilityId.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const contractName = (capabilityId: string) => `${camelCase(capabilityId)}Contract`;
const checkName = (capabilityId: string) => `${camelCase(capabilityId)}Check`;
