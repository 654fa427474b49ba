/** Data points of CloudWatch metrics, as the local stack produces them. Pure. */
import { fieldsOf, isRecord, listOf, parseJson, textOf, textsOf } from "../../lib/untrusted.ts";

export interface DataPoint {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Unix milliseconds on the clock of the stack. */
  readonly at: number;
  readonly value: number;
}

/** The id that the HTTP API has on this machine. */
export const LOCAL_API_ID = "HttpApi";

/**
 * The points that CloudWatch would have from one line of the stack's log: metrics that a function embeds in its line, responses of
 * API Gateway, and invocations that fail. `now`: the time on the stack's clock, for lines of the stack itself.
 */
export function pointsIn(line: string, now: number): DataPoint[] {
  const fields = parseJson(line);
  if (!isRecord(fields)) return failedInvocation(line, now);
  return fields.event === "http.request" ? responseOfApi(fields, now) : embedded(fields);
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function embedded(fields: Readonly<Record<string, unknown>>): DataPoint[] {
  const { CloudWatchMetrics, Timestamp } = fieldsOf(fields._aws);
  return listOf(CloudWatchMetrics)
    .map(fieldsOf)
    .flatMap(({ Namespace, Dimensions, Metrics }) =>
      listOf(Dimensions).flatMap((names) =>
        listOf(Metrics).flatMap((declared) => {
          const metric = textOf(fieldsOf(declared).Name) ?? "";
          const value = fields[metric];
          if (typeof value !== "number") return [];
          return [
            {
              namespace: textOf(Namespace) ?? "",
              metric,
              dimensions: Object.fromEntries(textsOf(names).map((name) => [name, String(fields[name])])),
              at: Number(Timestamp),
              value,
            },
          ];
        }),
      ),
    );
}

/** Of the API, and of the route, which the alarm of the webhook names. */
function responseOfApi(
  { method, path, status }: Readonly<Record<string, unknown>>,
  now: number,
): DataPoint[] {
  const api = { ApiId: LOCAL_API_ID };
  const route = { ...api, Stage: "$default", Method: String(method), Resource: String(path) };
  const value = Number(status) >= 500 ? 1 : 0;
  return [api, route].map((dimensions) => ({
    namespace: "AWS/ApiGateway",
    metric: "5xx",
    dimensions,
    at: now,
    value,
  }));
}

/** `contractspec-stripe-dev-on-charge-event failed: Error: ...`, as local/lambda/runtime.ts writes it. */
function failedInvocation(line: string, now: number): DataPoint[] {
  const [, FunctionName] = /^(contractspec-stripe-[\w-]+) failed: /.exec(line) ?? [];
  if (FunctionName === undefined) return [];
  return [{ namespace: "AWS/Lambda", metric: "Errors", dimensions: { FunctionName }, at: now, value: 1 }];
}
