import { openApi } from "../../generated/openapi.ts";
import { openRoute } from "../../lib/transport/http.ts";

/** The OpenAPI document of this deployment. It is open to everyone: it contains no secret, and nothing is called for it. */
export const handler = openRoute({}, async () => ({
  status: 200,
  headers: { "content-type": "application/json", "cache-control": "public, max-age=300" },
  body: openApi,
}));
