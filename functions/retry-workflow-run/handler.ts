import { policy } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { retryRun } from "../../lib/workflow/retry-run.ts";

/** 202 with the run, which continues in Step Functions from its failed step. */
export const handler = authenticatedRoute({}, async (request) => {
  const run = await retryRun(workflows, policy, {
    ...request,
    workflowId: request.pathParameters.workflowId ?? "",
    runId: request.pathParameters.runId ?? "",
  });
  return {
    status: 202,
    headers: { location: `/api/workflows/${run.workflowId}/runs/${run.runId}` },
    body: run,
  };
});
