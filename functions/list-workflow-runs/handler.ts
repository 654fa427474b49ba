import { policy } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { listRuns } from "../../lib/workflow/list-runs.ts";

/** 200 with a page of the workflow's runs, newest first, and `next` if more may follow. */
export const handler = authenticatedRoute({}, async (request) => ({
  status: 200,
  body: await listRuns(workflows, policy, {
    ...request,
    workflowId: request.pathParameters.workflowId ?? "",
    parameters: request.query,
  }),
}));
