/**
 * Who may open the console of a deployed stage. The loopback guard keeps other machines and pages out, but not the other users of
 * this machine, and the server has the credentials of one of them. So the link that the command prints has a key, which becomes
 * a cookie of this browser. The local stack needs none: its API key is in the repository.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Session {
  /** In the link, as `?key=`. */
  readonly key: string;
}

export const newSession = (): Session => ({ key: randomBytes(24).toString("base64url") });

const COOKIE = "console";
const REFUSAL =
  "This console shows a deployed stage to the person who started it. Open the link that `npm run console` has printed.\n";

/** Whether the request may go on. Otherwise it is responded to: with the cookie for the key, or with 401. */
export function admits(
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): boolean {
  const given = url.searchParams.get("key");
  if (given !== null && isSame(given, session.key)) {
    url.searchParams.delete("key");
    const cookie = `${COOKIE}=${session.key}; Path=/console; HttpOnly; SameSite=Strict`;
    // Without the key, so that it is in no history and no bookmark.
    response.writeHead(303, { location: `${url.pathname}${url.search}`, "set-cookie": cookie }).end();
    return false;
  }
  const cookies = (request.headers.cookie ?? "").split(/;\s*/);
  if (cookies.some((cookie) => isSame(cookie, `${COOKIE}=${session.key}`))) return true;
  response.writeHead(401, { "content-type": "text/plain; charset=utf-8" }).end(REFUSAL);
  return false;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
