/**
 * The shipped project as JSON, for all test files of a process: like warm-aws.ts, this runs outside the sandbox that Jest makes for
 * each file, where reading the project costs a second of CPU. Text, because objects of another realm are instances of nothing that
 * a test knows.
 */
import type { JsonSchema } from "../../lib/compiler/contract/json-schema.ts";
import { inputSchema } from "../../lib/compiler/workflow/infer-input.ts";
import { loadProject, type Project } from "../../scripts/generate/load-project.ts";

/** Workflows are left out, because they refer to their places in the YAML, which have no JSON. */
export interface ShippedProject extends Omit<Project, "workflows"> {
  /** The input of each workflow, by id. */
  readonly workflowInputs: Readonly<Record<string, JsonSchema>>;
}

export function projectText(): string {
  const { workflows, ...shipped } = loadProject();
  const known = new Map(shipped.contracts.map((contract) => [contract.capabilityId, contract]));
  const project: ShippedProject = {
    ...shipped,
    workflowInputs: Object.fromEntries(
      workflows.map((workflow) => [workflow.workflowId, inputSchema(workflow, known)]),
    ),
  };
  return JSON.stringify(project);
}
