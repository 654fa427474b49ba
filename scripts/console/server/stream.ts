/** New entries as server-sent events: `data:` has a list of entries as JSON. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Entry } from "../journal/entry.ts";
import { matches } from "../journal/journal.ts";
import { filterOf } from "../timeline/routes.ts";
import { pageHeaders } from "./page.ts";
import type { ConsoleContext } from "./route.ts";

/** A storm becomes a few messages a second. */
const COLLECT_MS = 200;
/** Keeps the connection open through whatever closes idle ones. */
const COMMENT_EVERY_MS = 15_000;

/** Sends until the browser leaves. Throws BAD_REQUEST for a filter that does not exist. */
export function streamEntries(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  { journal }: ConsoleContext,
): void {
  const filter = filterOf(query);
  response.writeHead(200, {
    ...pageHeaders,
    "content-type": "text/event-stream",
    "cache-control": "no-store",
  });
  response.write(": open\n\n");
  let collected: Entry[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    timer = undefined;
    response.write(`data: ${JSON.stringify(collected)}\n\n`);
    collected = [];
  };
  const stop = journal.listen((entries) => {
    collected.push(...entries.filter((entry) => matches(entry, filter)));
    if (collected.length > 0) timer ??= setTimeout(send, COLLECT_MS);
  });
  const comments = setInterval(() => response.write(": still here\n\n"), COMMENT_EVERY_MS);
  request.once("close", () => {
    stop();
    clearInterval(comments);
    clearTimeout(timer);
  });
}
