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

const EVENTS = [
  ...["webhook.received", "webhook.rejected", "webhook.applied", "usage.sent", "usage.refused"],
  ...["queue.message-failed", "queue.message-distrusted", "queue.message-set-aside"],
  ...["mail.reported", "mail.undelivered", "notification.delivery", "notification.fanned-out"],
];

/** Oldest first; only those with this event id, if one is given. Throws SERVICE_UNAVAILABLE if there is no log. */
export async function readEventLog(target: Target, range: TimeRange, eventId?: string): Promise<EventLine[]> {
  const log = await logOf(target);
  const names = EVENTS.map((name) => `"${name}"`).join(", ");
  const rows = await log(
    [
      "fields @timestamp, @log, @message",
      `filter event in [${names}]`,
      ...(eventId === undefined ? [] : [`filter eventId = "${eventId}"`]),
      "sort @timestamp desc",
      "limit 10000",
    ].join(" | "),
    range,
  );
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
