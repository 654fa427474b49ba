/**
 * New entries as server-sent events: `data:` has a list of entries as JSON, `id:` the mark up to which the reader has everything.
 * A browser that has lost its connection sends the last mark, and gets what it missed. The event `reload` says that too much
 * has happened: the page is read again.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { matches } from "../journal/journal.ts";
import { filterOf } from "../timeline/filter.ts";
import { requestsOf, type ShownEntry, shown } from "../timeline/shown-entry.ts";
import { pageHeaders } from "./page.ts";
import type { ConsoleContext } from "./route.ts";

/** A storm becomes a few messages a second. */
const COLLECT_MS = 200;
/** Keeps the connection open through whatever closes idle ones. */
const COMMENT_EVERY_MS = 15_000;
/** More than that is a page to read, not news. */
const MOST_ENTRIES = 500;
/** How long the browser waits before it connects again. */
const RETRY_MS = 1_000;

/**
 * Sends until the browser leaves; `after` in the query is the mark of the page that the browser shows. Throws BAD_REQUEST for a filter that
 * does not exist.
 */
export function streamEntries(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  { journal }: ConsoleContext,
): void {
  const filter = filterOf(query);
  const last = request.headers["last-event-id"];
  let mark = (typeof last === "string" ? last : undefined) ?? query.get("after") ?? journal.mark;
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    timer = undefined;
    // A slow reader gets it all when it has read what it was sent: nothing is collected for it.
    if (response.writableNeedDrain) return;
    const arrivals = journal.since(mark);
    // A call says whose the requests to Stripe before it were: they are sent again, with their group.
    const found = arrivals?.entries
      .flatMap((entry) => [entry, ...requestsOf(entry, journal)])
      .filter((entry) => matches(entry, filter));
    mark = arrivals?.mark ?? journal.mark;
    if (found === undefined || found.length > MOST_ENTRIES)
      response.write(`id: ${mark}\nevent: reload\ndata: {}\n\n`);
    else response.write(`id: ${mark}\n${dataOf(found.map((entry) => shown(entry, journal)))}\n`);
  };
  response.writeHead(200, {
    ...pageHeaders,
    "content-type": "text/event-stream",
    "cache-control": "no-store",
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
  send();
  const sendSoon = () => {
    timer ??= setTimeout(send, COLLECT_MS);
  };
  response.on("drain", sendSoon);
  const stop = journal.listen(sendSoon);
  const comments = setInterval(() => response.write(": still here\n\n"), COMMENT_EVERY_MS);
  request.once("close", () => {
    stop();
    clearInterval(comments);
    clearTimeout(timer);
    response.off("drain", sendSoon);
  });
}

/** Without data, the browser keeps the mark and tells nobody. */
function dataOf(entries: readonly ShownEntry[]): string {
  const once = new Map(entries.map((entry) => [entry.id, entry]));
  return once.size === 0 ? "" : `data: ${JSON.stringify([...once.values()])}\n`;
}
