import { authenticatedRoute } from "../../lib/transport/http.ts";
import { readAudit } from "./read-audit.ts";

/** 200 with a page of entries, newest first, and `next` where there may be more. */
export const handler = authenticatedRoute({}, async ({ query, principal, requestId, deadline }) => ({
  status: 200,
  body: await readAudit({ parameters: query, principal, requestId, deadline, now: () => new Date() }),
}));
