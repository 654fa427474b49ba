/** What a month costs in which nothing is paid, counted from what the stack declares. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { fieldOf } from "../../lib/untrusted.ts";
import { alarms } from "../../resources/alarms.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import type { FunctionDefinition } from "../../resources/functions.ts";
import type { Assumptions } from "./assumptions.ts";
import { HOURS_PER_MONTH } from "./lifetimes.ts";
import type { Priced, PricedRegion, PriceTable } from "./prices.ts";

export interface MonthlyLine {
  /** In the words of the page. */
  readonly what: string;
  readonly priced: Priced;
  readonly units: number;
}

/** The memory of a function whose function.yml does not say another, in MB. */
function defaultMemoryMb(): number {
  const declared = fieldOf(parse(readFileSync("serverless.yml", "utf8")), "provider", "memorySize");
  if (typeof declared !== "number") throw new Error("serverless.yml must have provider.memorySize, in MB");
  return declared;
}

/** The memory of each function, in MB. */
export function memoryOf(definitions: readonly FunctionDefinition[]): (name: string) => number {
  const byDefault = defaultMemoryMb();
  const declared = new Map(definitions.map(({ name, configuration }) => [name, configuration.memorySize]));
  return (name) => declared.get(name) ?? byDefault;
}

/** `idleMetrics`: how many metrics of our own are reported by schedules. */
export function idleLines(
  definitions: readonly FunctionDefinition[],
  assumptions: Assumptions,
  idleMetrics: number,
): MonthlyLine[] {
  const scheduled = definitions.flatMap((definition) =>
    definition.configuration.events.flatMap((event) => {
      const rate = fieldOf(event, "schedule", "rate");
      return rate === undefined ? [] : [{ ...definition, runs: runsPerMonth(String(rate)) }];
    }),
  );
  const memory = memoryOf(definitions);
  const runs = scheduled.reduce((sum, { runs: count }) => sum + count, 0);
  const gbSeconds = scheduled.reduce(
    (sum, { name, runs: count }) => sum + count * (assumptions.scheduledRunMs / 1000) * (memory(name) / 1024),
    0,
  );
  const alarmCount = [
    ...Object.values(alarms(definitions).Resources),
    ...Object.values(eventQueues.Resources),
  ].filter(({ Type }) => Type === "AWS::CloudWatch::Alarm").length;
  const polls = CONSUMED_QUEUES.length * assumptions.pollsPerQueueAndMinute * 60 * HOURS_PER_MONTH;
  return [
    { what: `${alarmCount} alarms`, priced: "alarms", units: alarmCount },
    { what: "the dashboard", priced: "dashboards", units: 1 },
    { what: `${CONSUMED_QUEUES.length} queues that Lambda polls`, priced: "queue-requests", units: polls },
    { what: `${idleMetrics} metrics that schedules report`, priced: "metrics", units: idleMetrics },
    { what: `${scheduled.length} schedules: their runs`, priced: "invocations", units: runs },
    { what: `${scheduled.length} schedules: their time`, priced: "compute", units: gbSeconds },
    {
      what: `${scheduled.length} schedules: their reads`,
      priced: "table-reads",
      units: runs * assumptions.scheduledRunReads,
    },
    {
      what: `${scheduled.length} schedules: their writes`,
      priced: "table-writes",
      units: runs * assumptions.scheduledRunWrites,
    },
    {
      what: "the key of the tables (KMS)",
      priced: "key-requests",
      units: assumptions.idleKeyPairs * 12 * HOURS_PER_MONTH,
    },
  ];
}

/** What a working month costs more, whatever the number of payments. `metrics`: how many metrics calls report. */
export function busyLines(assumptions: Assumptions, metrics: number): MonthlyLine[] {
  return [
    { what: `${metrics} metrics that calls report`, priced: "metrics", units: metrics },
    {
      what: "the key of the tables (KMS)",
      priced: "key-requests",
      units: (assumptions.keyPairs - assumptions.idleKeyPairs) * 12 * HOURS_PER_MONTH,
    },
  ];
}

export const monthlyDollars = (
  lines: readonly MonthlyLine[],
  { prices }: PriceTable,
  region: PricedRegion,
): number =>
  lines.reduce(
    (sum, { priced, units }) => sum + (units * prices[priced].dollars[region]) / prices[priced].per,
    0,
  );

function runsPerMonth(rate: string): number {
  const [, count = "1", unit = "day"] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rate) ?? [];
  const hours = { minute: 1 / 60, hour: 1, day: 24 }[unit] ?? 24;
  return HOURS_PER_MONTH / (Number(count) * hours);
}
