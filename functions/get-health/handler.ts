import { env } from "../../lib/env.ts";
import { openRoute } from "../../lib/transport/http.ts";

/** Reports that the API is up, and its stage. It calls nothing else, so that it can stay open and cheap. */
export const handler = openRoute({}, async () => ({
  status: 200,
  body: { status: "ok", stage: env("STAGE") },
}));
