import type { Row } from "../../local/logs/query.ts";

export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Runs a query in the language of CloudWatch Logs Insights over a log, and returns all of its rows. `containing`: every line that the
 * query selects has one of these texts. A file is searched faster with it.
 */
export type LogSource = (
  query: string,
  range: TimeRange,
  containing?: readonly string[],
) => Promise<readonly Row[]>;
