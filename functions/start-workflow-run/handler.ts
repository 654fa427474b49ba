import { policyRules } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { readIdempotencyKey } from "../../lib/idempotency/idempotency-key.ts";
import { createPolicy } from "../../lib/policy/decide.ts";
import { authenticatedRoute } from "../../lib/transport/http.ts";
import { startRun } from "../../lib/workflow/start-run.ts";

const policy = createPolicy(policyRules);

/** 202 with the run's id and address; the run goes on in Step Functions. */
export const handler = authenticatedRoute({ body: "json" }, async (request) => {
  const { run, replayed } = await startRun(workflows, {
    workflowId: request.pathParameters.workflowId ?? "",
    input: request.body,
    principal: request.principal,
    idempotencyKey: readIdempotencyKey(request.headers["idempotency-key"]),
    requestId: request.requestId,
    policy,
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
