/** Lists the runs of a workflow from the table WorkflowRuns, newest first. */
import { CallRecord } from "../audit/call-record.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { asProblem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import { maskFields } from "../policy/mask-fields.ts";
import { present } from "../present.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { workflowNamed } from "./find-workflow.ts";
import { listParameters } from "./list-parameters.ts";
import { pageOfRuns } from "./run-pages.ts";
import { isOwner } from "./run-row.ts";
import { summaryOf } from "./run-summary.ts";

export interface ListRunsRequest extends CallContext {
  readonly workflowId: string;
  readonly principal: Principal;
  /** Of the query string, unchanged. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly ipAddress?: string;
}

export interface RunPage {
  readonly items: readonly object[];
  /** `after` for the next page; left out on the last one. */
  readonly next?: string;
}

/**
 * A page of the principal's own runs; of all runs, if it may also read those of others. Throws NOT_FOUND for an unknown
 * workflow, FORBIDDEN if the principal may not read any, and VALIDATION_FAILED for wrong parameters. Only a refused attempt is
 * kept in the audit log.
 */
export async function listRuns(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  policy: Policy,
  request: ListRunsRequest,
): Promise<RunPage> {
  const { workflowId, version } = workflowNamed(workflows, request.workflowId);
  const record = new CallRecord({
    ...request,
    eventType: "workflow.read",
    resource: { type: "workflow", id: workflowId, version },
    action: "read",
  });
  try {
    const { principal } = request;
    const query = policyQuery(request, { resource: workflowId, action: "read", input: {} });
    const own = enforcePolicy(policy, query, record);
    const others = policy.decide({ ...query, action: "read-others" });
    const parameters = listParameters(request.parameters);
    const seesAll = others.decision !== "DENY";
    const { rows, next } = await pageOfRuns([workflowId], seesAll ? undefined : principal, parameters);
    record.writeLogLine("succeeded");
    return {
      items: rows.map((row) =>
        maskFields(summaryOf(row), (isOwner(row.owner, principal) ? own : others).redactFields),
      ),
      ...present({ next }),
    };
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}
