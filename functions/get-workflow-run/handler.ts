import { policyRules } from "../../generated/policy.ts";
import { workflows } from "../../generated/workflows/index.ts";
import { createPolicy } from "../../lib/policy/decide.ts";
import { authenticatedRoute } from "../../lib/transport/http.ts";
import { readRun } from "../../lib/workflow/read-run.ts";

const policy = createPolicy(policyRules);

/** 200 with the run: its status, its steps and, once it ended, its output or error. */
export const handler = authenticatedRoute({}, async ({ pathParameters, principal }) => ({
  status: 200,
  body: await readRun(workflows, {
    workflowId: pathParameters.workflowId ?? "",
    runId: pathParameters.runId ?? "",
    principal,
    policy,
  }),
}));
