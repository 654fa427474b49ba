/** What policies speak of: every capability, every workflow and the audit log, with what each takes and answers. Pure. */

import type { Action } from "../../policy/policy.ts";
import { objectSchema } from "../contract/json-schema.ts";
import type { Contract } from "../contract/load-contract.ts";
import { inputSchema } from "../workflow/infer-input.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { AUDIT_PAGE, RUN, STARTED_RUN } from "./response-shapes.ts";
import { NOTHING, type Shape, shapeOf } from "./shape.ts";

/** One thing that can be asked for. */
export interface Attempt {
  readonly capability: string;
  readonly action: Action;
  readonly input: Shape;
  readonly answer: Shape;
}

export const AUDIT = "audit";

/** Every pair of a resource and an action that goes with it; which of them comes first is the natural one. */
export function possibleAttempts(
  contracts: readonly Contract[],
  workflows: readonly Workflow[],
): readonly Attempt[] {
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  return [
    ...contracts.flatMap(({ capabilityId, inputs, outputs }): Attempt[] => {
      const input = shapeOf(objectSchema(inputs, "checked"));
      const answer = shapeOf(objectSchema(outputs, "checked"));
      return [
        { capability: capabilityId, action: "invoke", input, answer },
        { capability: capabilityId, action: "step", input, answer },
      ];
    }),
    ...workflows.flatMap((workflow): Attempt[] => [
      {
        capability: workflow.workflowId,
        action: "start",
        input: shapeOf(inputSchema(workflow, known)),
        answer: STARTED_RUN,
      },
      { capability: workflow.workflowId, action: "read", input: NOTHING, answer: RUN },
    ]),
    { capability: AUDIT, action: "read", input: NOTHING, answer: AUDIT_PAGE },
  ];
}
