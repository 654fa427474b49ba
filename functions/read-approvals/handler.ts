import { policy } from "../../generated/policy.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { readApprovals } from "./read-approvals.ts";

/** 200 with one approval, or with a page of them, newest first, and `next` if more may follow. */
export const handler = authenticatedRoute({}, async (request) => ({
  status: 200,
  body: await readApprovals(policy, {
    ...request,
    approvalId: request.pathParameters.approvalId,
    parameters: request.query,
  }),
}));
