/** What policies are about: every capability, every workflow, the audit log and approvals, each with its input and response. Pure. */

import type { ApprovedCall } from "../../approvals/approval.ts";
import type { Action } from "../../policy/policy.ts";
import { type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { KnownContracts } from "../contract/load-contract.ts";
import { inputSchema } from "../workflow/infer-input.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { APPROVAL, APPROVAL_PAGE, AUDIT_PAGE, RUN, STARTED_RUN } from "./response-shapes.ts";
import { NOTHING, type Shape, shapeOf, UNCLEAR } from "./shape.ts";

/** One thing that can be requested. */
export interface Attempt {
  readonly capability: string;
  readonly action: Action;
  readonly input: Shape;
  readonly answer: Shape;
}

export const AUDIT = "audit";

export const APPROVALS = "approvals";

const APPROVED_CALL_FIELDS = {
  capability: { type: "string" },
  principalId: { type: "string" },
  amount: { type: "integer" },
  currency: { type: "string" },
  customerId: { type: "string" },
} satisfies Required<Record<keyof ApprovedCall, JsonSchema>>;

/** The input of `approve` and `reject`: the call that waits. */
export const APPROVED_CALL: JsonSchema = {
  type: "object",
  properties: APPROVED_CALL_FIELDS,
  required: ["capability", "principalId"],
  additionalProperties: false,
};

const DECISIONS_OF_APPROVALS = ["approve", "reject"] as const satisfies Action[];

const CHANGES_OF_RUNS = ["cancel", "cancel-others", "retry", "retry-others"] as const satisfies Action[];

/**
 * Every pair of a resource and an action that applies to it, the natural action first. A workflow is undefined if it has
 * mistakes of its own.
 */
export function possibleAttempts(
  contracts: KnownContracts,
  workflows: ReadonlyMap<string, Workflow | undefined>,
): readonly Attempt[] {
  return [
    ...[...contracts].flatMap(([capability, contract]): Attempt[] => {
      const input = contract === undefined ? UNCLEAR : shapeOf(objectSchema(contract.inputs, "checked"));
      const answer = contract === undefined ? UNCLEAR : shapeOf(objectSchema(contract.outputs, "checked"));
      if (contract?.readOnly === true) return [{ capability, action: "read", input, answer }];
      return [
        { capability, action: "invoke", input, answer },
        { capability, action: "step", input, answer },
      ];
    }),
    ...[...workflows].flatMap(([capability, workflow]): Attempt[] => {
      const input = workflow === undefined ? UNCLEAR : shapeOf(inputSchema(workflow, contracts));
      return [
        { capability, action: "start", input, answer: STARTED_RUN },
        { capability, action: "read", input: NOTHING, answer: RUN },
        { capability, action: "read-others", input: NOTHING, answer: RUN },
        ...CHANGES_OF_RUNS.map((action) => ({ capability, action, input: NOTHING, answer: STARTED_RUN })),
      ];
    }),
    { capability: AUDIT, action: "read", input: NOTHING, answer: AUDIT_PAGE },
    { capability: APPROVALS, action: "read-approvals", input: NOTHING, answer: APPROVAL_PAGE },
    ...DECISIONS_OF_APPROVALS.map((action) => ({
      capability: APPROVALS,
      action,
      input: shapeOf(APPROVED_CALL),
      answer: APPROVAL,
    })),
  ];
}
