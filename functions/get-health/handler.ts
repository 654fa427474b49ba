import { env } from "../../lib/env.ts";
import { openRoute } from "../../lib/transport/http.ts";

/** Says that the API answers, and which stage it is. It touches nothing else, so that it stays open and cheap. */
export const handler = openRoute({}, async () => ({
  status: 200,
  body: { status: "ok", stage: env("STAGE") },
}));
