/**
 * Reads the log of a deployed stage, and what is added to it from then on, into the journal: by queries to CloudWatch Logs Insights, as
 * `npm run affected` does. FilterLogEvents would cost nothing, but takes a request for each of some sixty log groups, and an account
 * has a few of them a second. A query costs half a cent for each GB that it searches.
 */
import { asProblem } from "../../../lib/errors.ts";
import type { Row } from "../../../local/logs/query.ts";
import { CUT_OFF_PATTERN } from "../../affected/queries.ts";
import type { LogSource } from "../../logs/log-source.ts";
import type { Entry } from "./entry.ts";
import { entryOfLogLine, withStripeRequest } from "./entry-of-log-line.ts";
import type { Following } from "./follow-log-file.ts";
import type { Journal } from "./journal.ts";

export interface CloudWatchOptions {
  /** Opens the log. It is tried again while it fails, such as before the stage's first call. */
  readonly open: () => Promise<LogSource>;
  /** What the names of the stage's functions begin with, such as `contractspec-stripe-prod-`. */
  readonly prefix: string;
  /** The oldest line that is read. */
  readonly since: Date;
  /** The pause between two queries, in milliseconds; by default 10 seconds. */
  readonly everyMs?: number;
}

const QUERY = `fields @timestamp, @log, @message
| filter ispresent(event) or @message like /${CUT_OFF_PATTERN}/
| sort @timestamp asc
| limit 10000`;
const EVERY_MS = 10_000;
/** CloudWatch shows a line some seconds after it was written. */
const LATE_MS = 60_000;

export function followCloudWatch(options: CloudWatchOptions, journal: Journal): Following {
  const { open, prefix, everyMs = EVERY_MS } = options;
  let from = options.since;
  let log: LogSource | undefined;
  let reading: Promise<void> = Promise.resolve();
  const readOn = async () => {
    try {
      log ??= await open();
      const to = new Date();
      const rows = await log(QUERY, { from, to });
      journal.add(rows.flatMap((row) => entriesOf(row, prefix)));
      from = new Date(Math.max(options.since.getTime(), to.getTime() - LATE_MS));
      journal.trouble = undefined;
    } catch (thrown) {
      const { message, cause } = asProblem(thrown);
      journal.trouble = `The log cannot be read: ${cause instanceof Error ? cause.message : message}`;
    }
    journal.isReading = false;
  };
  const look = () => {
    reading = reading.then(readOn);
    return reading;
  };
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const goOn = async () => {
    await look();
    if (!isStopped) timer = setTimeout(() => void goOn(), everyMs).unref();
  };
  journal.isReading = true;
  void goOn();
  return {
    caughtUp: look,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function entriesOf(row: Row, prefix: string): Entry[] {
  const { "@timestamp": time = "", "@log": log = "", "@message": message = "" } = row;
  // In UTC, without saying so. CloudWatch puts the account before the name of the group.
  const at = Date.parse(`${time.replace(" ", "T")}Z`);
  if (Number.isNaN(at)) return [];
  const functionName = log.replace(/^\d+:/, "").replace(`/aws/lambda/${prefix}`, "");
  const entry = entryOfLogLine({ at, message: message.trimEnd(), functionName });
  return entry === undefined ? [] : withStripeRequest(entry);
}
