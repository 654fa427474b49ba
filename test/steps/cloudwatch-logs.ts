/** The part of CloudWatch Logs' API that our commands use, over given lines. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ */
import { fieldsOf, listOf, parseJson } from "../../lib/untrusted.ts";
import { type LogLine, type Row, readQuery } from "../../local/logs/query.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "./loopback-server.ts";

export interface CloudWatchLogs extends LoopbackServer {
  /** The groups of each query, with its range in Unix seconds. */
  readonly queries: { groups: readonly unknown[]; startTime: number; endTime: number }[];
}

/** `mostRows`: of a query, which stands for CloudWatch's 10,000. */
export async function cloudWatchLogs(
  lines: () => readonly LogLine[],
  mostRows = 10_000,
): Promise<CloudWatchLogs> {
  const queries: CloudWatchLogs["queries"] = [];
  const results = new Map<string, { rows: Row[]; polls: number }>();
  const groups = () => [...new Set(lines().map(({ log }) => log))];

  const answers: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => object>> = {
    // One group in a page.
    DescribeLogGroups: ({ logGroupNamePrefix, nextToken }) => {
      const all = groups().filter((name) => name.startsWith(String(logGroupNamePrefix)));
      const page = Number(nextToken ?? 0);
      return {
        logGroups: all.slice(page, page + 1).map((logGroupName) => ({ logGroupName })),
        ...(page + 1 < all.length ? { nextToken: String(page + 1) } : {}),
      };
    },
    StartQuery: ({ logGroupNames, queryString, startTime, endTime, limit }) => {
      const asked = listOf(logGroupNames);
      const [start, end] = [Number(startTime), Number(endTime)];
      queries.push({ groups: asked, startTime: start, endTime: end });
      if (asked.length > 50 || Number(limit) > 10_000) throw new Error("InvalidParameterException");
      const found = lines().filter(({ log, timestamp }) => {
        const second = Math.floor(timestamp / 1_000);
        return asked.includes(log) && second >= start && second <= end;
      });
      const queryId = String(results.size);
      results.set(queryId, { rows: readQuery(String(queryString)).run(found).slice(0, mostRows), polls: 0 });
      return { queryId };
    },
    GetQueryResults: ({ queryId }) => {
      const result = results.get(String(queryId));
      if (result === undefined) throw new Error("ResourceNotFoundException");
      result.polls += 1;
      if (result.polls === 1) return { status: "Running", results: [] };
      const fields = (row: Row) => Object.entries(row).map(([field, value]) => ({ field, value }));
      return { status: "Complete", results: result.rows.map(fields) };
    },
  };

  const server = await loopbackServer((request, body, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    try {
      const answer = answers[operation]?.(fieldsOf(parseJson(body.toString()))) ?? {};
      answerJson(response, 200, answer, "application/x-amz-json-1.1");
    } catch (error) {
      answerJson(
        response,
        400,
        { __type: String(error).replace("Error: ", "") },
        "application/x-amz-json-1.1",
      );
    }
  });
  return { ...server, queries };
}
