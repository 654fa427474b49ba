import { policy } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { cancelRun } from "../../lib/workflow/cancel-run.ts";

/** 200 with the run, which is cancelled. A repeated call gets the same response. */
export const handler = authenticatedRoute({}, async (request) => ({
  status: 200,
  body: await cancelRun(workflows, policy, {
    ...request,
    workflowId: request.pathParameters.workflowId ?? "",
    runId: request.pathParameters.runId ?? "",
  }),
}));
