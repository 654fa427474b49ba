/** Reads a run's document from its execution and the execution's history. */

import { CallRecord } from "../audit/call-record.ts";
import { describeExecution, executionHistory } from "../aws/step-functions.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { asProblem, Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import { maskFields } from "../policy/mask-fields.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { workflowNamed } from "./find-workflow.ts";
import { type RunDocument, runStatus } from "./run-status.ts";

/** The form of our execution names: any other id cannot exist and is not looked up. */
const RUN_ID = /^run-[0-9a-f]{32}$/;

export interface ReadRunRequest extends CallContext {
  readonly workflowId: string;
  readonly runId: string;
  readonly principal: Principal;
  readonly ipAddress?: string;
}

/**
 * The run's document, without the fields that the policy masks. Throws NOT_FOUND for an unknown workflow or run, and
 * FORBIDDEN if the principal may not read it. Only a refused attempt is kept in the audit log: a run is read repeatedly
 * while it is in progress, and reading changes nothing.
 */
export async function readRun(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  policy: Policy,
  request: ReadRunRequest,
): Promise<object> {
  const workflow = workflowNamed(workflows, request.workflowId);
  const { workflowId, version } = workflow;
  const record = new CallRecord({
    ...request,
    eventType: "workflow.read",
    resource: { type: "workflow", id: workflowId, version },
    action: "read",
  });
  try {
    const query = policyQuery(request, { resource: workflowId, action: "read", input: {} });
    const { redactFields } = enforcePolicy(policy, query, record);
    const document = await documentOf(workflow, request.runId);
    record.writeLogLine("succeeded");
    return maskFields(document, redactFields);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

async function documentOf(workflow: CompiledWorkflow, runId: string): Promise<RunDocument> {
  const { workflowId } = workflow;
  const execution = RUN_ID.test(runId) ? await describeExecution(workflowId, runId) : undefined;
  if (execution === undefined) {
    throw new Problem(
      "NOT_FOUND",
      `${workflowId} has no run with this id; runs are kept for 90 days after their end`,
      {
        issues: [{ path: "runId", message: "must be a runId from the response that started a run" }],
      },
    );
  }
  return runStatus(execution, await executionHistory(workflowId, runId), workflow);
}
