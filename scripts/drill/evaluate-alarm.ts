/**
 * Evaluates an alarm as CloudWatch does: in periods that begin at multiples of their length, by the statistic of each.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. Pure.
 */
import { fieldsOf, listOf } from "../../lib/untrusted.ts";
import type { DataPoint } from "./metrics.ts";

/** An alarm of the template with everything resolved. */
export interface Alarm {
  /** Its logical id: `PersonNeededAlarm`. */
  readonly id: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  readonly periodSeconds: number;
  /** How many periods in a row must be over the threshold. */
  readonly periods: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly missingData: "notBreaching" | "missing" | "ignore";
}

type Statistic = "Sum" | "Maximum" | "Minimum" | "Average";
type Comparison = keyof typeof IS_BREACHING;

const IS_BREACHING = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
} as const;

const SIGNS: Readonly<Record<Comparison, string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: ">=",
  LessThanThreshold: "<",
};

const STATISTICS: Readonly<Record<Statistic, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  Average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

/** Reads the resolved properties of an AWS::CloudWatch::Alarm. Throws an Error for one that this module cannot evaluate. */
export function readAlarm(id: string, properties: Readonly<Record<string, unknown>>): Alarm {
  const { Statistic: statistic, ComparisonOperator: comparison, TreatMissingData: missingData } = properties;
  if (!isKeyOf(STATISTICS, statistic)) throw new Error(`${id} has the statistic ${String(statistic)}`);
  if (!isKeyOf(IS_BREACHING, comparison)) throw new Error(`${id} compares by ${String(comparison)}`);
  if (missingData !== "notBreaching" && missingData !== "missing" && missingData !== "ignore")
    throw new Error(`${id} treats missing data as ${String(missingData)}`);
  return {
    id,
    description: String(properties.AlarmDescription),
    namespace: String(properties.Namespace),
    metric: String(properties.MetricName),
    dimensions: Object.fromEntries(
      listOf(properties.Dimensions)
        .map(fieldsOf)
        .map(({ Name, Value }) => [String(Name), String(Value)]),
    ),
    statistic,
    periodSeconds: Number(properties.Period),
    periods: Number(properties.EvaluationPeriods),
    threshold: Number(properties.Threshold),
    comparison,
    missingData,
  };
}

function isKeyOf<T extends object>(table: T, key: unknown): key is keyof T {
  return typeof key === "string" && Object.hasOwn(table, key);
}

export interface Ringing {
  /** When the period began that raised it: Unix milliseconds. */
  readonly since: number;
  /** The statistic of that period. */
  readonly value: number;
}

/**
 * When the alarm is first raised from `from` on, by the points until `until`; undefined if it is not. Both in Unix milliseconds.
 * Earlier points do not count.
 */
export function firstRinging(
  alarm: Alarm,
  points: readonly DataPoint[],
  { from, until }: { readonly from: number; readonly until: number },
): Ringing | undefined {
  const periodMs = alarm.periodSeconds * 1000;
  const values = Map.groupBy(
    points.filter((point) => isOf(alarm, point) && point.at >= from && point.at <= until),
    ({ at }) => Math.floor(at / periodMs),
  );
  let breaching = 0;
  for (let period = Math.floor(from / periodMs); period <= Math.floor(until / periodMs); period += 1) {
    const found = values.get(period)?.map(({ value }) => value);
    // Without data, "ignore" and "missing" keep what was; none of the template's alarms breaches without data.
    if (found === undefined) {
      if (alarm.missingData === "notBreaching") breaching = 0;
      continue;
    }
    const value = STATISTICS[alarm.statistic](found);
    breaching = IS_BREACHING[alarm.comparison](value, alarm.threshold) ? breaching + 1 : 0;
    if (breaching >= alarm.periods) return { since: period * periodMs, value };
  }
  return undefined;
}

function isOf({ namespace, metric, dimensions }: Alarm, point: DataPoint): boolean {
  const names = Object.keys(dimensions);
  return (
    point.namespace === namespace &&
    point.metric === metric &&
    Object.keys(point.dimensions).length === names.length &&
    names.every((name) => point.dimensions[name] === dimensions[name])
  );
}

/** `AWS/SQS ApproximateNumberOfMessagesVisible: Maximum 1 in 60 s, > 0` */
export function reasonOf(alarm: Alarm, { value }: Ringing): string {
  const { namespace, metric, statistic, periodSeconds, comparison, threshold } = alarm;
  return `${namespace} ${metric}: ${statistic} ${value} in ${periodSeconds} s, ${SIGNS[comparison]} ${threshold}`;
}
