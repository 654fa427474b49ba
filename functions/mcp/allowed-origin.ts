/**
 * Which pages may call from a browser: none but those of CORS_ORIGINS. The Model Context Protocol asks every server to check
 * this, so that a page cannot use a server in its visitor's network. Pure.
 */
import { Problem } from "../../lib/errors.ts";

/** Throws FORBIDDEN for a request from another page. Programs that are not browsers send no Origin. */
export function checkOrigin(origin: string | undefined, allowed: string): void {
  if (origin === undefined) return;
  const origins = allowed.split(",").map((item) => item.trim());
  if (origin !== "" && origins.includes(origin)) return;
  throw new Problem("FORBIDDEN", "Pages of this origin may not call the API: add it to CORS_ORIGINS", {
    issues: [{ path: "headers.Origin", message: "is not in CORS_ORIGINS" }],
  });
}
