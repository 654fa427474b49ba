/** The log of a deployed stage, by queries to CloudWatch Logs Insights. */
import { setTimeout as pause } from "node:timers/promises";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { Problem } from "../../lib/errors.ts";
import type { Row } from "../../local/logs/query.ts";
import type { LogSource, TimeRange } from "./log-source.ts";

/** The most groups of one query: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html */
const MOST_GROUPS = 50;
/** The most rows that a query returns. */
const MOST_ROWS = 10_000;
const LEAST_SECONDS = 60;
/** The waits between polls double from one to the other: a query of a small log takes a fraction of a second. */
const POLL_MS = { least: 50, most: 1_000 };
const RUNNING: ReadonlySet<string | undefined> = new Set(["Scheduled", "Running"]);

/** Lines of those of the groups that exist; `prefix` begins their names. Throws SERVICE_UNAVAILABLE if none does. */
export async function cloudWatchLog(
  groups: readonly string[],
  prefix: string,
  mostRows = MOST_ROWS,
): Promise<LogSource> {
  const client = new CloudWatchLogsClient({});
  const existing = new Set(await groupsWith(client, prefix));
  const found = groups.filter((group) => existing.has(group));
  if (found.length === 0)
    throw new Problem(
      "SERVICE_UNAVAILABLE",
      `CloudWatch Logs has no log group of this stage: none begins with ${prefix}. Is this the stage's region and account?`,
    );
  const parts = Array.from({ length: Math.ceil(found.length / MOST_GROUPS) }, (_, part) =>
    found.slice(part * MOST_GROUPS, (part + 1) * MOST_GROUPS),
  );
  return async (query, range) => {
    const rows = await Promise.all(parts.map((part) => allRows(client, part, query, range, mostRows)));
    return rows.flat();
  };
}

async function groupsWith(client: CloudWatchLogsClient, logGroupNamePrefix: string): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix, ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    names.push(...(page.logGroups ?? []).flatMap(({ logGroupName }) => logGroupName ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

/** If there may be more rows than a query returns, asks for each half of the time. */
async function allRows(
  client: CloudWatchLogsClient,
  groups: readonly string[],
  query: string,
  range: TimeRange,
  mostRows: number,
): Promise<Row[]> {
  const rows = await rowsOf(client, groups, query, range);
  const seconds = (range.to.getTime() - range.from.getTime()) / 1_000;
  if (rows.length < mostRows || seconds < 2 * LEAST_SECONDS) return rows;
  const middle = new Date(Math.floor((range.from.getTime() + range.to.getTime()) / 2_000) * 1_000);
  const halves = [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ];
  const found: Row[] = [];
  for (const half of halves) found.push(...(await allRows(client, groups, query, half, mostRows)));
  return found;
}

async function rowsOf(
  client: CloudWatchLogsClient,
  groups: readonly string[],
  queryString: string,
  { from, to }: TimeRange,
): Promise<Row[]> {
  const { queryId } = await client.send(
    new StartQueryCommand({
      logGroupNames: [...groups],
      queryString,
      // Whole seconds, and both ends belong to the range.
      startTime: Math.floor(from.getTime() / 1_000),
      endTime: Math.max(Math.floor(from.getTime() / 1_000), Math.ceil(to.getTime() / 1_000) - 1),
      limit: MOST_ROWS,
    }),
  );
  for (let wait = POLL_MS.least; ; wait = Math.min(2 * wait, POLL_MS.most)) {
    const { status, results = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Complete")
      return results.map((fields) =>
        Object.fromEntries(fields.flatMap(({ field, value }) => (field && value ? [[field, value]] : []))),
      );
    if (!RUNNING.has(status))
      throw new Problem(
        "SERVICE_UNAVAILABLE",
        `CloudWatch Logs did not complete the query: ${status ?? "no status"}`,
      );
    await pause(wait);
  }
}
