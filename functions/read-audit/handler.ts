import { policy } from "../../generated/policy.ts";
import { authenticatedRoute } from "../../lib/transport/authenticated-route.ts";
import { readAudit } from "./read-audit.ts";

/** 200 with a page of entries, newest first, and `next` if more may follow. */
export const handler = authenticatedRoute({}, async (request) => ({
  status: 200,
  body: await readAudit(policy, { ...request, parameters: request.query }),
}));
