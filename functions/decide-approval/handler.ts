import { policy } from "../../generated/policy.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { parseJsonBody } from "../../lib/transport/json-body.ts";
import { decide } from "./decide.ts";

/** 200 with the approval, which is approved or rejected. A repeated call gets the same response. */
export const handler = authenticatedRoute({}, async (request) => ({
  status: 200,
  body: await decide(policy, {
    ...request,
    approvalId: request.pathParameters.approvalId ?? "",
    decision: request.path.endsWith("/approve") ? "approve" : "reject",
    // A decision needs no comment, and then no body.
    body: request.rawBody.length === 0 ? {} : parseJsonBody(request.rawBody, request.headers),
  }),
}));
