/** Reads a run's document from its execution and the execution's history. */
import type { Principal } from "../capability/capability.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { Policy } from "../policy/decide.ts";
import { describeExecution, executionHistory } from "../step-functions.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { type RunDocument, runStatus } from "./run-status.ts";
import { workflowNamed } from "./start-run.ts";

/** What an execution name of ours looks like: anything else cannot be one and is not asked for. */
const RUN_ID = /^run-[0-9a-f]{32}$/;

/** The run. Throws NOT_FOUND for an unknown workflow or run, FORBIDDEN when the principal may not read it. */
export async function readRun(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  request: {
    readonly workflowId: string;
    readonly runId: string;
    readonly principal: Principal;
    readonly policy: Policy;
  },
): Promise<RunDocument> {
  const workflow = workflowNamed(workflows, request.workflowId);
  const { workflowId } = workflow;
  const decision = request.policy.decide({
    principal: request.principal,
    capability: workflowId,
    action: "read",
    input: {},
    stage: env("STAGE"),
    now: new Date(),
  });
  if (decision.decision === "DENY") throw new Problem("FORBIDDEN", decision.reason);
  const execution = RUN_ID.test(request.runId)
    ? await describeExecution(workflowId, request.runId)
    : undefined;
  if (execution === undefined) {
    throw new Problem(
      "NOT_FOUND",
      `${workflowId} has no such run; runs are kept for 90 days after their end`,
      {
        issues: [{ path: "runId", message: "must be a runId that starting a run answered" }],
      },
    );
  }
  return runStatus(execution, await executionHistory(workflowId, request.runId), workflow);
}
