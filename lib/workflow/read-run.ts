/** Reads a run's document from its execution and the execution's history. */

import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { CallRecord } from "../audit/call-record.ts";
import { executionHistory } from "../aws/step-functions.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { asProblem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import { maskFields } from "../policy/mask-fields.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionName } from "./execution-name.ts";
import { findRun, noSuchRun } from "./find-run.ts";
import { workflowNamed } from "./find-workflow.ts";
import { isOwner } from "./run-row.ts";
import { runStatus } from "./run-status.ts";

export interface ReadRunRequest extends CallContext {
  readonly workflowId: string;
  readonly runId: string;
  readonly principal: Principal;
  readonly ipAddress?: string;
}

/**
 * The run's document, without the fields that the policy masks. Throws NOT_FOUND for an unknown workflow or run, or a run
 * of another principal that this one may not read, and FORBIDDEN if the principal may not read any. Only a refused attempt
 * is kept in the audit log: a run is read repeatedly while it is in progress, and reading changes nothing.
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
    const own = enforcePolicy(policy, query, record);
    const found = await findRun(workflowId, request.runId, request.now());
    if (found === undefined) throw noSuchRun(workflowId);
    const { execution, row } = found;
    const { redactFields } =
      row !== undefined && isOwner(row.owner, request.principal)
        ? own
        : readOthers(policy, { ...query, action: "read-others" }, record);
    const [history = [], ...earlier] = (await historiesOf(request, row?.execution ?? 1)).toReversed();
    record.writeLogLine("succeeded");
    const run = { runId: request.runId, startedAt: row?.startedAt, earlier: earlier.toReversed() };
    return maskFields(runStatus(execution, history, workflow, run), redactFields);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** The histories of the run's executions, in their order. */
function historiesOf({ workflowId, runId }: ReadRunRequest, executions: number): Promise<HistoryEvent[][]> {
  const names = Array.from({ length: executions }, (_, i) => executionName(runId, i + 1));
  return Promise.all(names.map((name) => executionHistory(workflowId, name)));
}

/** The decision about a run of another principal. A denial looks like an unknown run: it does not show that the run exists. */
function readOthers(policy: Policy, query: PolicyQuery, record: CallRecord): Decision {
  const decision = policy.decide(query);
  record.noteDecision(decision);
  if (decision.decision === "DENY") throw noSuchRun(query.resource);
  return decision;
}
