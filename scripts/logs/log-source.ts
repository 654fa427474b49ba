import type { Row } from "../../local/logs/query.ts";

export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** Runs a query in the language of CloudWatch Logs Insights over a log, and returns all of its rows. */
export type LogSource = (query: string, range: TimeRange) => Promise<readonly Row[]>;
