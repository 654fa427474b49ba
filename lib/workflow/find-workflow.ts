/** Finds the workflow that a path names. Pure. */

import { Problem } from "../errors.ts";
import { entryOf } from "../untrusted.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";

/** The compiled workflow. Throws NOT_FOUND that names the known ones. */
export function workflowNamed(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  workflowId: string,
): CompiledWorkflow {
  const workflow = entryOf(workflows, workflowId);
  if (workflow !== undefined) return workflow;
  throw new Problem(
    "NOT_FOUND",
    `No workflow has that name; the workflows are: ${Object.keys(workflows).join(", ")}`,
    {
      issues: [{ path: "workflowId", message: `must be one of ${Object.keys(workflows).join(", ")}` }],
    },
  );
}
