/** workflows/*.yml -> generated/workflows/: the part of each workflow that the functions need. */

import type { JsonSchema } from "../../lib/compiler/contract/json-schema.ts";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { inputSchema } from "../../lib/compiler/workflow/infer-input.ts";
import { alwaysSucceededBefore, longestMs, type Workflow } from "../../lib/compiler/workflow/workflow.ts";
import { fieldOf, fieldsOf } from "../../lib/untrusted.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

/** Generates the registry of all workflows. */
export async function generateWorkflows(
  output: Output,
  workflows: readonly Workflow[],
  contracts: readonly Contract[],
): Promise<void> {
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  await writeValidators(
    output,
    "workflows/inputs.validators",
    Object.fromEntries(workflows.map((workflow) => [validatorName(workflow), inputSchema(workflow, known)])),
  );
  const entries = workflows.map(
    (workflow) => `  ${JSON.stringify(workflow.workflowId)}: {
    workflowId: ${JSON.stringify(workflow.workflowId)},
    version: ${JSON.stringify(workflow.version)},
    steps: ${JSON.stringify(plannedSteps(workflow))},
    longestMs: ${longestMs(workflow)},
    stepEffects: ${JSON.stringify(stepEffects(workflow, known))},
    auditablePaths: ${JSON.stringify(inputPaths(inputSchema(workflow, known), isNumber))},
    withheldPaths: ${JSON.stringify(inputPaths(inputSchema(workflow, known), (schema) => !isNumber(schema)))},
    checkInput: checkWith<Record<string, unknown>>(validators.${validatorName(workflow)}),
  },
`,
  );
  output.write(
    "workflows/awaited-events.ts",
    `${BANNER}export const awaitedEvents: readonly string[] = ${JSON.stringify(awaitedEvents(workflows))};
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
}

/** The steps as a run carries them from its start. */
export function plannedSteps(workflow: Workflow) {
  return workflow.steps.map((step) => {
    const { id, capability, inputs = {} } = step;
    return { id, capability, inputs, after: [...alwaysSucceededBefore(workflow, step)] };
  });
}

/** What the steps do that change nothing at Stripe. */
function stepEffects(
  { steps }: Workflow,
  contracts: ReadonlyMap<string, Contract>,
): Readonly<Record<string, "none" | "mail">> {
  const effects = steps.flatMap(({ id, capability }): [string, "none" | "mail"][] => {
    const contract = contracts.get(capability);
    if (contract === undefined || contract.readOnly === true) return [[id, "none"]];
    return contract.provider.type === "ses" ? [[id, "mail"]] : [];
  });
  return Object.fromEntries(effects);
}

/** The paths of the input's own fields whose schema is wanted. */
function inputPaths({ properties }: JsonSchema, isWanted: (schema: unknown) => boolean): string[][] {
  return Object.entries(fieldsOf(properties)).flatMap(([name, schema]) => (isWanted(schema) ? [[name]] : []));
}

function isNumber(schema: unknown): boolean {
  const type = fieldOf(schema, "type");
  return type === "number" || type === "integer";
}

const validatorName = ({ workflowId }: Workflow) => `validate_${workflowId.replaceAll("-", "_")}`;
