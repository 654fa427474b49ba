/**
 * What the stage costs a day, estimated from what AWS counts, at the prices of scripts/cost/prices.yml. AWS's own figure
 * (AWS/Billing) is of the whole account, and only in us-east-1. Pure.
 */

import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { type Priced, type PriceTable, REGIONS } from "../../scripts/cost/prices.ts";
import { arnHere, functionId } from "../cloudformation.ts";
import { queueId } from "../event-queues.ts";
import type { FunctionDefinition } from "../functions.ts";
import { CONFIGURATION_SET, machineName } from "../grants.ts";
import { TABLES, tableId } from "../tables.ts";
import { awsMetric, expression, graph, type Line, logGroupOf, named, type Widget } from "./widgets.ts";

const DAY = 86_400;
/** MB, of a function that does not say. */
const DEFAULT_MEMORY = 512;

/** A workflow with the number of its states: a run enters most of them once. */
export interface CountedWorkflow {
  readonly workflowId: string;
  readonly states: number;
}

export function dailyCost(
  definitions: readonly FunctionDefinition[],
  workflows: readonly CountedWorkflow[],
  { prices }: PriceTable,
  region: string,
): Widget {
  const priced = REGIONS.find((known) => known === region) ?? "us-east-1";
  const each = (name: Priced) => prices[name].dollars[priced] / prices[name].per;
  const lines = [
    ...costOfFunctions(definitions, each),
    ...costOf("DynamoDB: writes", each("table-writes"), "wr", ofTables("ConsumedWriteCapacityUnits")),
    ...costOf("DynamoDB: reads", each("table-reads"), "rd", ofTables("ConsumedReadCapacityUnits")),
    ...costOfRuns(workflows, each("state-transitions")),
    ...costOf("API Gateway", each("http-requests"), "api", [
      ["AWS/ApiGateway", "Count", { ApiId: named("HttpApi") }],
    ]),
    ...costOf("SQS", each("queue-requests"), "sqs", ofQueues()),
    ...costOf("SES", each("mails"), "ses", [
      ["AWS/SES", "Delivery", { "ses:configuration-set": CONFIGURATION_SET }],
    ]),
    ...costOf("Logs", each("log-ingestion") / 1e9, "log", ofLogs(definitions)),
  ];
  const place = priced === region ? region : `${priced}, for want of others`;
  return graph(`Cost a day in US dollars (estimate, prices of ${place})`, lines, {
    period: DAY,
    stacked: true,
    view: "bar",
    width: 24,
    unit: "US dollars",
  });
}

type Counted = readonly [namespace: string, metric: string, dimensions: Readonly<Record<string, string>>];

/** A line with the sum of the metrics, times the price of one, above the metrics themselves, which are not shown. */
function costOf(label: string, price: number, prefix: string, counted: readonly Counted[]): Line[] {
  return [
    expression(`FILL(SUM(METRICS("${prefix}")), 0) * ${price.toPrecision(6)}`, label),
    ...counted.map(([namespace, metric, dimensions], index) =>
      awsMetric(namespace, metric, dimensions, { id: `${prefix}${index}`, visible: false }),
    ),
  ];
}

/** By memory, because a millisecond costs as much as there is memory. */
function costOfFunctions(definitions: readonly FunctionDefinition[], each: (name: Priced) => number): Line[] {
  const of = (metric: string, among: readonly FunctionDefinition[]): Counted[] =>
    among.map(({ name }) => ["AWS/Lambda", metric, { FunctionName: named(functionId(name)) }]);
  const byMemory = Map.groupBy(
    definitions,
    ({ configuration }) => configuration.memorySize ?? DEFAULT_MEMORY,
  );
  return [
    ...costOf("Lambda: invocations", each("invocations"), "inv", of("Invocations", definitions)),
    ...[...byMemory].flatMap(([memory, among]) =>
      costOf(
        `Lambda: time with ${memory} MB`,
        (each("compute") * memory) / 1024 / 1000,
        `ms${memory}x`,
        of("Duration", among),
      ),
    ),
  ];
}

function costOfRuns(workflows: readonly CountedWorkflow[], price: number): Line[] {
  const runs = workflows.map(({ workflowId }, index) =>
    awsMetric(
      "AWS/States",
      "ExecutionsStarted",
      { StateMachineArn: machineArn(workflowId) },
      { id: `run${index}`, visible: false },
    ),
  );
  const states = workflows.map((workflow, index) => `FILL(run${index}, 0) * ${workflow.states}`);
  return runs.length === 0
    ? []
    : [expression(`(${states.join(" + ")}) * ${price.toPrecision(6)}`, "Step Functions"), ...runs];
}

export const machineArn = (workflowId: string) =>
  arnHere("states", `stateMachine:${machineName(workflowId)}`)["Fn::Sub"];

const ofTables = (metric: string): Counted[] =>
  TABLES.map((table) => ["AWS/DynamoDB", metric, { TableName: named(tableId(table)) }]);

/** Each message is sent, received and deleted, and Lambda looks for messages also if there is none. */
const ofQueues = (): Counted[] =>
  CONSUMED_QUEUES.flatMap((queue) =>
    [
      "NumberOfMessagesSent",
      "NumberOfMessagesReceived",
      "NumberOfMessagesDeleted",
      "NumberOfEmptyReceives",
    ].map((metric): Counted => ["AWS/SQS", metric, { QueueName: named(queueId(queue), "QueueName") }]),
  );

const ofLogs = (definitions: readonly FunctionDefinition[]): Counted[] =>
  definitions.map(({ name }) => ["AWS/Logs", "IncomingBytes", { LogGroupName: logGroupOf(name) }]);
