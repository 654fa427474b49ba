/** Reads a run's document from its execution and the execution's history. */

import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { CallRecord } from "../audit/call-record.ts";
import { describeExecution, executionHistory } from "../aws/step-functions.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { asProblem, Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import { maskFields } from "../policy/mask-fields.ts";
import type { Decision, PolicyQuery } from "../policy/policy.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { fieldOf, parseJson, textOf } from "../untrusted.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { workflowNamed } from "./find-workflow.ts";
import { openPrincipal } from "./run-sealing.ts";
import { runStatus } from "./run-status.ts";

/** The form of our execution names: any other id cannot exist and is not looked up. */
const RUN_ID = /^run-[0-9a-f]{32}$/;

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
    const execution = await executionOf(request, workflowId);
    const { redactFields } = (await isOwn(execution, request))
      ? own
      : readOthers(policy, { ...query, action: "read-others" }, record);
    const history = await executionHistory(workflowId, request.runId);
    record.writeLogLine("succeeded");
    return maskFields(runStatus(execution, history, workflow), redactFields);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

async function executionOf({ runId }: ReadRunRequest, workflowId: string): Promise<DescribeExecutionOutput> {
  const execution = RUN_ID.test(runId) ? await describeExecution(workflowId, runId) : undefined;
  if (execution === undefined) throw noSuchRun(workflowId);
  return execution;
}

/**
 * Whether the principal has started this run. Only the sealed principal counts: anyone who may start an execution can write
 * another name into its input. A principal that acts for one customer has only the runs that it started for that customer.
 */
async function isOwn(
  { input }: DescribeExecutionOutput,
  { principal, runId }: ReadRunRequest,
): Promise<boolean> {
  const sealed = textOf(fieldOf(parseJson(input), "run", "principal"));
  const owner = sealed === undefined ? undefined : openedPrincipal(sealed, await appSecrets(), runId);
  if (owner === undefined || owner.id !== principal.id) return false;
  return principal.customerId === undefined || principal.customerId === owner.customerId;
}

/** Undefined if it was not sealed for this run, or with a secret that was removed since. */
function openedPrincipal(sealed: string, secrets: readonly string[], runId: string): Principal | undefined {
  try {
    return openPrincipal(sealed, createSealer(secrets), runId);
  } catch {
    return undefined;
  }
}

/** The decision about a run of another principal. A denial looks like an unknown run: it does not show that the run exists. */
function readOthers(policy: Policy, query: PolicyQuery, record: CallRecord): Decision {
  const decision = policy.decide(query);
  record.noteDecision(decision);
  if (decision.decision === "DENY") throw noSuchRun(query.resource);
  return decision;
}

function noSuchRun(workflowId: string): Problem {
  return new Problem(
    "NOT_FOUND",
    `${workflowId} has no run with this id that you may read; runs are kept for 90 days after their end`,
    {
      issues: [{ path: "runId", message: "must be a runId from the response that started a run" }],
    },
  );
}
