import { policy } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { stepChecks } from "../../generated/workflows/step-checks.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { startRun } from "../../lib/workflow/start-run.ts";

/** 202 with the run's id, address and status; the run continues in Step Functions. */
export const handler = authenticatedRoute({ body: "json" }, async (request) => {
  const { run, replayed } = await startRun(workflows, stepChecks, policy, {
    ...request,
    workflowId: request.pathParameters.workflowId ?? "",
    input: request.body,
    idempotencyKey: request.headers["idempotency-key"],
  });
  return {
    status: 202,
    headers: {
      location: `/api/workflows/${run.workflowId}/runs/${run.runId}`,
      ...(replayed ? { "idempotency-replayed": "true" } : {}),
    },
    body: run,
  };
});
