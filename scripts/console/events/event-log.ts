/** The lines of the functions' log about events and queues, of the local stack or of a deployed stage. */
import { type Fields, fieldsOf, parseJson } from "../../../lib/untrusted.ts";
import type { Target } from "../../command-line/command.ts";
import { logOf } from "../../logs/log-of-target.ts";
import type { TimeRange } from "../../logs/log-source.ts";

export interface EventLine {
  /** Unix milliseconds. */
  readonly at: number;
  /** The queue whose consumer wrote it; undefined for other functions. */
  readonly queue: string | undefined;
  readonly fields: Fields;
}

/** Which lines are read. */
export interface LogQuestion {
  readonly events: readonly string[];
  /** A further condition, in the language of the queries. */
  readonly where?: string;
  /** Each line has one of these texts; by default the names of the events. */
  readonly containing?: readonly string[];
}

const SET_ASIDE = "queue.message-set-aside";

/** What happened to one event. Its id has been checked: it becomes part of the query. */
export const aboutEvent = (eventId: string): LogQuestion => ({
  events: ["webhook.received", "webhook.applied", "queue.message-failed", SET_ASIDE],
  where: `eventId = "${eventId}"`,
  containing: [eventId],
});

export const RECEIVED_AND_APPLIED: LogQuestion = {
  events: ["webhook.received", "webhook.applied", SET_ASIDE],
};

export const REFUSED: LogQuestion = { events: ["webhook.rejected"] };

/** Why messages were given up. */
export const FAILURES: LogQuestion = {
  events: [
    ...["webhook.applied", "usage.refused", "notification.delivery", "mail.undelivered"],
    ...["queue.message-failed", "queue.message-distrusted", SET_ASIDE],
  ],
  where: 'outcome in ["failed", "rejected"]',
  containing: ["failed", "rejected"],
};

export const MAIL_REPORTS: LogQuestion = { events: ["mail.reported", "mail.undelivered"] };

/** Oldest first; the newest ten thousand. Throws SERVICE_UNAVAILABLE if there is no log. */
export async function readEventLog(
  target: Target,
  range: TimeRange,
  { events, where, containing = events }: LogQuestion,
): Promise<EventLine[]> {
  const log = await logOf(target);
  const names = events.map((name) => `"${name}"`).join(", ");
  const query = [
    "fields @timestamp, @log, @message",
    `filter event in [${names}]`,
    ...(where === undefined ? [] : [`filter ${where}`]),
    "sort @timestamp desc",
    "limit 10000",
  ].join(" | ");
  const rows = await log(query, range, containing);
  return rows.map(lineOf).sort((a, b) => a.at - b.at);
}

function lineOf({
  "@timestamp": time = "",
  "@log": log = "",
  "@message": message = "",
}: Readonly<Record<string, string>>) {
  return {
    at: Date.parse(`${time.replace(" ", "T")}Z`),
    queue: /-on-([a-z-]+)-event$/.exec(log)?.[1],
    fields: fieldsOf(parseJson(message.slice(Math.max(0, message.indexOf("{"))))),
  };
}
