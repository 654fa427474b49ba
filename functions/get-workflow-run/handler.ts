import { policy } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { readRun } from "../../lib/workflow/read-run.ts";

/** 200 with the run: its status, its steps (unless `steps=false`) and, after its end, its output or error. */
export const handler = authenticatedRoute({}, async (request) => ({
  status: 200,
  body: await readRun(workflows, policy, {
    ...request,
    workflowId: request.pathParameters.workflowId ?? "",
    runId: request.pathParameters.runId ?? "",
    parameters: request.query,
  }),
}));
