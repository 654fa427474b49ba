/**
 * Widgets of a CloudWatch dashboard. Pure.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 *
 * The texts can have variables of CloudFormation (`${AWS::Region}`, `${HttpApi}`): the whole dashboard is one Fn::Sub.
 */
import { METRICS_NAMESPACE, type MetricName } from "../../lib/metrics.ts";
import { present } from "../../lib/present.ts";
import { functionId } from "../cloudformation.ts";
import { STAGE } from "../grants.ts";

export const REGION = `\${AWS::Region}`;
/** The logical id of a resource, as its name: CloudFormation fills it in. */
export const named = (logicalId: string, attribute?: string) =>
  `\${${logicalId}${attribute === undefined ? "" : `.${attribute}`}}`;

/** The log group of a function, by the function's name: what the nested stack knows already. */
export const logGroupOf = (name: string) => `/aws/lambda/${named(functionId(name))}`;

/** Columns of the grid. */
const WIDTH = 24;
const HEIGHT = 6;

export interface Widget {
  readonly type: "metric" | "log" | "text" | "alarm";
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface PlacedWidget extends Widget {
  readonly x: number;
  readonly y: number;
}

/** A metric as a graph's line: namespace, name, dimensions by turns, and how it is shown. */
export type Line = readonly (string | Readonly<Record<string, unknown>>)[];

/** A metric of AWS. */
export function awsMetric(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
  shown: Readonly<Record<string, unknown>> = {},
): Line {
  return [namespace, name, ...Object.entries(dimensions).flat(), shown];
}

/** A metric of the whole stage that our functions log. */
export const ownMetric = (name: MetricName, shown: Readonly<Record<string, unknown>> = {}): Line => [
  METRICS_NAMESPACE,
  name,
  "stage",
  STAGE,
  shown,
];

/** A line that is calculated from others. */
export const expression = (formula: string, label: string): Line => [{ expression: formula, label }];

export interface GraphOptions {
  readonly stat?: string;
  /** Seconds. */
  readonly period?: number;
  readonly stacked?: true;
  readonly width?: number;
  readonly view?: "timeSeries" | "singleValue" | "bar";
  /** What the values are. */
  readonly unit?: string;
}

export function graph(title: string, lines: readonly Line[], options: GraphOptions = {}): Widget {
  const { stat = "Sum", period = 300, stacked, width = 8, view = "timeSeries", unit } = options;
  return {
    type: "metric",
    width,
    height: HEIGHT,
    properties: {
      title,
      view,
      region: REGION,
      stat,
      period,
      metrics: lines,
      ...present({ stacked }),
      ...(view === "singleValue"
        ? {}
        : { yAxis: { left: { min: 0, showUnits: false, ...present({ label: unit }) } } }),
    },
  };
}

/** The rows of a log query, over at most 50 groups. CloudWatch charges for what it searches, each time it is shown. */
export function logTable(
  title: string,
  query: string,
  groups: readonly string[],
  {
    width = 12,
    view = "table",
  }: { readonly width?: number; readonly view?: "table" | "timeSeries" | "bar" } = {},
): Widget {
  const sources = groups.map((group) => `SOURCE '${group}'`).join(" | ");
  return {
    type: "log",
    width,
    height: HEIGHT,
    properties: { title, view, region: REGION, query: `${sources} | ${query}` },
  };
}

export const note = (markdown: string, height = 2): Widget => ({
  type: "text",
  width: WIDTH,
  height,
  properties: { markdown },
});

/** Those of the alarms that are raised, or that have no data. */
export function alarmStatus(title: string, alarmIds: readonly string[], width: number): Widget {
  return {
    type: "alarm",
    width,
    height: 4,
    properties: {
      title,
      alarms: alarmIds.map((id) => named(id, "Arn")),
      states: ["ALARM", "INSUFFICIENT_DATA"],
      sortBy: "stateUpdatedTimestamp",
    },
  };
}

/** The widgets of each row beside each other, and the rows below each other. A row that is too wide goes on below. */
export function placed(rows: readonly (readonly Widget[])[]): PlacedWidget[] {
  const all: PlacedWidget[] = [];
  let [x, y, height] = [0, 0, 0];
  for (const row of rows) {
    for (const widget of row) {
      if (x + widget.width > WIDTH) [x, y, height] = [0, y + height, 0];
      all.push({ ...widget, x, y });
      x += widget.width;
      height = Math.max(height, widget.height);
    }
    [x, y, height] = [0, y + height, 0];
  }
  return all;
}
