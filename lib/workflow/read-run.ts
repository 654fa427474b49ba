/** Reads a run: with its steps from its execution and the execution's history, and without them from our own table. */

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
import { readParameters } from "./read-parameters.ts";
import { recordedRun } from "./recorded-run.ts";
import { isOwner, type RunRow } from "./run-row.ts";
import { runStatus } from "./run-status.ts";
import { summaryOf } from "./run-summary.ts";

export interface ReadRunRequest extends CallContext {
  readonly workflowId: string;
  readonly runId: string;
  readonly principal: Principal;
  /** Of the query string, unchanged; by default none. */
  readonly parameters?: Readonly<Record<string, string | undefined>>;
  readonly ipAddress?: string;
}

/**
 * The run's document, without the fields that the policy masks. Throws NOT_FOUND for an unknown workflow or run, or a run
 * of another principal that this one may not read, FORBIDDEN if the principal may not read any, and VALIDATION_FAILED for wrong
 * parameters. Only a refused attempt is kept in the audit log: a run is read repeatedly while it is in progress, and reading changes nothing.
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
    const { runId } = request;
    const maskFor = (row: RunRow | undefined) =>
      row !== undefined && isOwner(row.owner, request.principal)
        ? own.redactFields
        : readOthers(policy, { ...query, action: "read-others" }, record).redactFields;
    if (!readParameters(request.parameters ?? {}).steps) {
      const row = await recordedRun(workflowId, runId, request.now());
      if (row === undefined) throw noSuchRun(workflowId);
      const mask = maskFor(row);
      record.writeLogLine("succeeded");
      return maskFields(summaryOf(row), mask);
    }
    const found = await findRun(workflowId, runId, request.now());
    if (found === undefined) throw noSuchRun(workflowId);
    const { execution, row } = found;
    const mask = maskFor(row);
    const [history = [], ...earlier] = (await historiesOf(request, row?.execution ?? 1)).toReversed();
    record.writeLogLine("succeeded");
    const run = { runId, startedAt: row?.startedAt, earlier: earlier.toReversed() };
    return maskFields(runStatus(execution, history, workflow, run), mask);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** The histories of the run's executions, in their order. */
export function historiesOf(
  { workflowId, runId }: Pick<ReadRunRequest, "workflowId" | "runId">,
  executions: number,
): Promise<HistoryEvent[][]> {
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
